/** Security keys and passkeys, as the browser has them (W3C Web Authentication). */

import type {
  KeyAssertion,
  KeyAttestation,
  KeyCreation,
  KeyDescriptor,
  KeyRequest,
} from "../protocol/factors";

/** Why the browser gave nothing: the person would not, the key is there already, or another page's. */
export type KeyTrouble = "key_unanswered" | "key_known" | "key_elsewhere";

export class KeyError extends Error {
  constructor(
    readonly code: KeyTrouble,
    cause: unknown,
  ) {
    super(code, { cause });
    this.name = "KeyError";
  }
}

/** All that ask for a key raise KeyError. */
export interface Keys {
  /** Whether this browser uses keys on this page: with https, or on this machine. */
  readonly areThere: boolean;
  create(options: KeyCreation): Promise<KeyAttestation>;
  sign(options: KeyRequest): Promise<KeyAssertion>;
}

export class BrowserKeys implements Keys {
  constructor(private readonly browser: Pick<Window, "isSecureContext"> & Partial<Container>) {}

  get areThere(): boolean {
    const { isSecureContext, PublicKeyCredential, navigator } = this.browser;
    return isSecureContext && !!PublicKeyCredential && !!navigator?.credentials;
  }

  async create(options: KeyCreation): Promise<KeyAttestation> {
    const publicKey: PublicKeyCredentialCreationOptions = {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: options.excludeCredentials.map(descriptor),
    };
    const made = await this.#ask((credentials) => credentials.create({ publicKey }));
    const answer = made.response as AuthenticatorAttestationResponse;
    return {
      id: textOf(made.rawId),
      clientDataJSON: textOf(answer.clientDataJSON),
      attestationObject: textOf(answer.attestationObject),
      transports: answer.getTransports?.() ?? [],
    };
  }

  async sign(options: KeyRequest): Promise<KeyAssertion> {
    const publicKey: PublicKeyCredentialRequestOptions = {
      ...options,
      challenge: bytesOf(options.challenge),
      allowCredentials: options.allowCredentials.map(descriptor),
    };
    const made = await this.#ask((credentials) => credentials.get({ publicKey }));
    const answer = made.response as AuthenticatorAssertionResponse;
    return {
      id: textOf(made.rawId),
      clientDataJSON: textOf(answer.clientDataJSON),
      authenticatorData: textOf(answer.authenticatorData),
      signature: textOf(answer.signature),
      ...(answer.userHandle ? { userHandle: textOf(answer.userHandle) } : {}),
    };
  }

  async #ask(work: (credentials: CredentialsContainer) => Promise<Credential | null>) {
    const credentials = this.browser.navigator?.credentials;
    if (!credentials) throw new KeyError("key_elsewhere", null);
    const made = await work(credentials).catch((cause: unknown) => {
      throw new KeyError(troubleOf(cause), cause);
    });
    if (made === null) throw new KeyError("key_unanswered", null);
    return made as PublicKeyCredential;
  }
}

interface Container {
  PublicKeyCredential: unknown;
  navigator: { credentials: CredentialsContainer };
}

/** What the errors of sections 5.1.3 and 5.1.4 mean. */
function troubleOf(cause: unknown): KeyTrouble {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "InvalidStateError") return "key_known";
  return name === "SecurityError" ? "key_elsewhere" : "key_unanswered";
}

function descriptor({ type, id, transports }: KeyDescriptor): PublicKeyCredentialDescriptor {
  const known = transports as AuthenticatorTransport[] | undefined;
  return { type, id: bytesOf(id), ...(known ? { transports: known } : {}) };
}

/** Of base64url without padding (RFC 4648, section 5). */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
