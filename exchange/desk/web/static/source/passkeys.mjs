// Passkeys: asks the browser for one, puts its answer into the form's fields, and sends the form.
//
// Nothing is kept here. What the authenticator gives for the keys (the PRF extension) goes into one field, once.

const INPUT = new TextEncoder().encode("readback/cx1/passkey");
const prf = { prf: { eval: { first: INPUT } } };

function decode(text) {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0));
}

function encode(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function written(credential, names) {
  const response = {};
  for (const name of names) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  const id = encode(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

function output(credential) {
  const found = credential.getClientExtensionResults().prf;
  return found && found.results && found.results.first ? encode(found.results.first) : "";
}

async function get(asked) {
  const publicKey = {
    challenge: decode(asked.challenge),
    rpId: asked.host,
    userVerification: "required",
    extensions: asked.prf ? prf : {},
  };
  const found = await navigator.credentials.get({ publicKey });
  const answer = written(found, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
  return [answer, output(found)];
}

async function create(asked) {
  const kinds = [-8, -7, -257];
  const publicKey = {
    challenge: decode(asked.challenge),
    rp: { id: asked.host, name: "Readback" },
    user: { id: new TextEncoder().encode(asked.person), name: asked.name, displayName: asked.name },
    pubKeyCredParams: kinds.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: asked.held.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: decode(id) })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    extensions: prf,
  };
  const made = await navigator.credentials.create({ publicKey });
  const answer = written(made, ["clientDataJSON", "attestationObject"]);
  const told = made.getClientExtensionResults().prf;
  if (output(made) || !told || !told.enabled) return [answer, output(made)];
  // Many authenticators say at first only that they can, and give the bytes when they are used.
  const again = await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rpId: asked.host,
      userVerification: "required",
      allowCredentials: [{ type: "public-key", id: made.rawId }],
      extensions: prf,
    },
  });
  return [answer, output(again)];
}

export function offerPasskeys() {
  if (!window.PublicKeyCredential) return;
  for (const part of document.querySelectorAll("[data-rb-passkey]")) {
    const button = part.querySelector("button");
    const wrong = part.querySelector("[data-rb-passkey-wrong]");
    part.querySelector("[data-rb-passkey-without]").hidden = true;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const asked = part.dataset;
      wrong.hidden = true;
      button.disabled = true;
      try {
        const [answer, given] = await (asked.rbPasskey === "create" ? create(asked) : get(asked));
        const form = button.form;
        form.elements[asked.answer].value = answer;
        if (asked.prf) form.elements[asked.prf].value = given;
        form.submit();
      } catch {
        wrong.hidden = false;
        button.disabled = false;
        button.focus();
      }
    });
  }
}
