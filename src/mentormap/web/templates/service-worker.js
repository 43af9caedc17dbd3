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
