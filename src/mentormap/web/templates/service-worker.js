// Shows push messages, also when no page of this site is open, and opens what a message is about.

self.addEventListener("push", (event) => {
  const { title, body, tag, url } = event.data.json();
  const options = { body, tag, data: { url }, icon: "{{ static("img/favicon.svg") }}" };
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data;
  const open = self.clients.matchAll({ type: "window" }).then((pages) => {
    const page = pages.find((one) => one.url === url);
    return page ? page.focus() : self.clients.openWindow(url);
  });
  event.waitUntil(open);
});

// The push service has replaced this browser's subscription: tell the site, as its settings page would.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ newSubscription, oldSubscription }) {
  const options = { userVisibleOnly: true, applicationServerKey: "{{ push_key }}" };
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = subscription.toJSON();
  const facts = { csrfmiddlewaretoken: await formToken(), endpoint, ...keys };
  if (oldSubscription) facts.replaces = oldSubscription.endpoint; // without it the site would ask for the password
  await fetch("{{ url("settings_push_add") }}", { method: "POST", body: new URLSearchParams(facts) });
}

async function formToken() {
  const page = await (await fetch("{{ url("settings_notices") }}")).text();
  return page.match(/name="csrfmiddlewaretoken" value="([^"]+)"/)[1];
}
