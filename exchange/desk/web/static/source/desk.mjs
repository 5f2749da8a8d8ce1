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

// The components look for these names on the body; no inline script may set them under our policy.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const part of [Button, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink]) {
  createAll(part);
}
