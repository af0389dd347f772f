/** Second factors on the wire. Bytes are in base64url without padding. */

/** How a sign-in that waits goes on. */
export type Way = "key" | "code" | "recovery";

/** Not `usable` is a key that was made for another address of this server. */
export interface KeyAnswer {
  id: string;
  name: string;
  created: string;
  lastUsed?: string;
  usable?: boolean;
}

export interface SecondFactor {
  on: boolean;
  recoveryLeft: number;
  /** Whether there is an app that makes codes. */
  app?: boolean;
  /** False where its codes cannot be checked here any more. */
  appUsable?: boolean;
  /** False where no such app can be set up here. */
  appOffered?: boolean;
  keys?: KeyAnswer[];
}

/** The dark parts as the path of an SVG image, `size` wide and high. */
export interface QrCode {
  size: number;
  path: string;
}

export interface Enrolment {
  secret: string;
  uri: string;
  qr: QrCode;
}

export interface RecoveryCodes {
  codes: string[];
}

export interface KeyAdded {
  key: KeyAnswer;
  codes?: string[];
}

export interface KeyDescriptor {
  type: "public-key";
  id: string;
  transports?: string[];
}

/** For `navigator.credentials.create` (W3C Web Authentication, section 5.1.8). */
export interface KeyCreation {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: "public-key"; alg: number }[];
  timeout: number;
  excludeCredentials: KeyDescriptor[];
  authenticatorSelection: {
    residentKey: ResidentKeyRequirement;
    requireResidentKey: boolean;
    userVerification: UserVerificationRequirement;
  };
  attestation: AttestationConveyancePreference;
}

/** For `navigator.credentials.get` (section 5.1.9). */
export interface KeyRequest {
  challenge: string;
  timeout: number;
  rpId: string;
  allowCredentials: KeyDescriptor[];
  userVerification: UserVerificationRequirement;
}

/** A new key (section 5.2.1). */
export interface KeyAttestation {
  id: string;
  clientDataJSON: string;
  attestationObject: string;
  transports: string[];
}

/** What a key has signed (section 5.2.2). */
export interface KeyAssertion {
  id: string;
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string;
}

/** What somebody shows as a second factor. */
export type Shown = { code: string } | { key: KeyAssertion };
