// Lets a person turn push messages in this browser on and off; a browser that knows none is told so by the page.

const part = document.querySelector("[data-push]");
const buttons = { on: part?.querySelector("[data-push-on]"), off: part?.querySelector("[data-push-off]") };
const status = part?.querySelector("[data-push-status]");

function keyBytes(base64url) {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function show(isOn, words = "") {
  buttons.on.hidden = isOn;
  buttons.off.hidden = !isOn;
  status.textContent = words || (isOn ? status.dataset.onText : status.dataset.offText);
}

async function tell(address, facts) {
  const body = new FormData(part);
  for (const [name, value] of Object.entries(facts)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body });
  if (answer.ok) return "";
  if (answer.status === 403) return (await answer.json()).location;
  throw new Error(answer.status === 409 ? await answer.text() : "");
}

async function turnOn(registration) {
  if ((await Notification.requestPermission()) !== "granted") {
    show(false, status.dataset.blockedText);
    return;
  }
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(part.dataset.push) };
  const subscription = await registration.pushManager.subscribe(options);
  const elsewhere = await tellOf(subscription).catch(async (error) => {
    await subscription.unsubscribe();
    throw error;
  });
  if (elsewhere) location.assign(elsewhere); // the password first; back here, begin() tells of this subscription again
  else show(true);
}

function tellOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return tell(part.dataset.pushAdd, { endpoint, ...keys });
}

async function turnOff(registration) {
  const subscription = await registration.pushManager.getSubscription();
  if (subscription) {
    await tell(part.dataset.pushRemove, { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  show(false);
}

async function begin() {
  const registration = await navigator.serviceWorker.register("/service-worker.js");
  const subscription = await registration.pushManager.getSubscription();
  // The site may have forgotten it, or have it as somebody else's; where that needs the password, only a click asks for it.
  const elsewhere = subscription && (await tellOf(subscription).catch(() => ""));
  show(Boolean(subscription) && !elsewhere);
  const failed = (error) => show(false, error.message || status.dataset.failedText);
  buttons.on.addEventListener("click", () => turnOn(registration).catch(failed));
  buttons.off.addEventListener("click", () => turnOff(registration).catch(failed));
}

if (part && "serviceWorker" in navigator && "PushManager" in window) begin().catch(() => {});
