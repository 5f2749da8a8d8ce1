// What the pages do better with JavaScript. Everything works without it.
import {
  Button,
  ErrorSummary,
  NotificationBanner,
  PasswordInput,
  Radios,
  SkipLink,
  createAll,
} from "govuk-frontend";
import { offerPasskeys } from "./passkeys.mjs";

// The components look for these names on the body; no inline script may set them under our policy.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const part of [Button, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink]) {
  createAll(part);
}

// Word that something changed. It is only offered: a list does not move under anybody's hand.
const place = document.querySelector("[data-rb-live]");
let stream;

function close() {
  stream?.close();
  stream = undefined;
}

function offer(name) {
  place.replaceChildren(document.getElementById(name).content.cloneNode(true));
}

function listen() {
  if (document.hidden) return close();
  if (stream) return;
  stream = new EventSource(place.dataset.rbLive);
  stream.addEventListener("changed", () => {
    offer("live-changed");
    close();
  });
  stream.addEventListener("over", () => {
    offer("live-over");
    close();
    document.removeEventListener("visibilitychange", listen);
  });
  stream.addEventListener("stop", close);
}

if (place) {
  document.addEventListener("visibilitychange", listen);
  listen();
}
offerPasskeys();
