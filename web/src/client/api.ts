/** The server's HTTP API, one method a call. All raise ProblemError and NetworkError. */

import type { Activity, Level } from "../protocol/activities";
import type {
  Activities,
  ActivityChange,
  FileAnswer,
  GroupAnswer,
  GroupChange,
  Link,
  Me,
  MemberAnswer,
  NewActivity,
  NewGroup,
  NewInvitation,
  NewShare,
  Page,
  Pending,
  Receipt,
  SessionAnswer,
  Shares,
  SignedOut,
  SignInWays,
} from "../protocol/answers";
import type {
  Enrolment,
  KeyAdded,
  KeyAttestation,
  KeyCreation,
  KeyRequest,
  RecoveryCodes,
  SecondFactor,
  Shown,
} from "../protocol/factors";
import type { Audience, Explanation, LevelChange, Preview } from "../protocol/audience";
import type { HttpClient } from "./http";
import type { SendOptions, Uploader } from "./uploading";

export interface PageQuery {
  limit?: number;
  /** Id of an activity: older ones than that. */
  before?: string | undefined;
  filter?: string;
}

export class Api {
  constructor(
    private readonly http: HttpClient,
    private readonly uploader: Uploader,
  ) {}

  signIn(email: string, password: string): Promise<Me> {
    return this.http.request("POST", "/session", { body: { email, password } });
  }

  /** The second step, with the ticket that the first one was refused with. */
  signInFurther(ticket: string, shown: Shown): Promise<Me> {
    return this.http.request("POST", "/session/second-factor", { body: { ticket, ...shown } });
  }

  /** What a key is to sign for the second step. */
  askFurther(ticket: string): Promise<KeyRequest> {
    return this.http.request("POST", "/session/second-factor/challenge", { body: { ticket } });
  }

  /** The answer does not tell whether there is such an account. */
  askForReset(email: string): Promise<void> {
    return this.http.request("POST", "/password/reset", { body: { email } });
  }

  resetPassword(token: string, password: string): Promise<void> {
    return this.http.request("PUT", "/password/reset", { body: { token, password } });
  }

  changePassword(old: string, chosen: string): Promise<void> {
    return this.http.request("PUT", "/password", { body: { old, new: chosen } });
  }

  secondFactor(): Promise<SecondFactor> {
    return this.http.request("GET", "/second-factor");
  }

  beginApp(password: string): Promise<Enrolment> {
    return this.http.request("POST", "/second-factor", { body: { password } });
  }

  confirmApp(code: string): Promise<RecoveryCodes> {
    return this.http.request("PUT", "/second-factor", { body: { code } });
  }

  removeApp(password: string, shown: Shown): Promise<void> {
    return this.http.request("DELETE", "/second-factor", { body: { password, ...shown } });
  }

  beginKey(password: string): Promise<KeyCreation> {
    return this.http.request("POST", "/second-factor/keys", { body: { password } });
  }

  addKey(name: string, key: KeyAttestation): Promise<KeyAdded> {
    return this.http.request("PUT", "/second-factor/keys", { body: { name, key } });
  }

  renameKey(id: string, name: string): Promise<void> {
    return this.http.request("PATCH", `/second-factor/keys/${segment(id)}`, { body: { name } });
  }

  removeKey(id: string, password: string, shown: Shown): Promise<void> {
    const path = `/second-factor/keys/${segment(id)}`;
    return this.http.request("DELETE", path, { body: { password, ...shown } });
  }

  /** What a key is to sign as a proof that it is me. */
  askProof(): Promise<KeyRequest> {
    return this.http.request("POST", "/second-factor/challenge");
  }

  /** New codes to recover with; the old ones are void. */
  renewRecovery(password: string, shown: Shown): Promise<RecoveryCodes> {
    return this.http.request("POST", "/second-factor/recovery", { body: { password, ...shown } });
  }

  sessions(): Promise<Page<SessionAnswer>> {
    return this.http.request("GET", "/sessions");
  }

  endSession(id: string): Promise<void> {
    return this.http.request("DELETE", `/sessions/${segment(id)}`);
  }

  endOtherSessions(): Promise<void> {
    return this.http.request("DELETE", "/sessions");
  }

  signInWays(): Promise<SignInWays> {
    return this.http.request("GET", "/sign-in");
  }

  signOut(): Promise<SignedOut> {
    return this.http.request("POST", "/sign-out");
  }

  me(): Promise<Me> {
    return this.http.request("GET", "/me");
  }

  groups(): Promise<Page<GroupAnswer>> {
    return this.http.request("GET", "/groups");
  }

  createGroup(group: NewGroup): Promise<GroupAnswer> {
    return this.http.request("POST", "/groups", { body: group });
  }

  oneGroup(group: string): Promise<GroupAnswer> {
    return this.http.request("GET", `/groups/${segment(group)}`);
  }

  changeGroup(group: string, change: GroupChange): Promise<GroupAnswer> {
    return this.http.request("PATCH", `/groups/${segment(group)}`, { body: change });
  }

  members(group: string): Promise<Page<MemberAnswer>> {
    return this.http.request("GET", `/groups/${segment(group)}/members`);
  }

  /** Become a member of an open group. */
  join(group: string, handle: string): Promise<void> {
    const path = `/groups/${segment(group)}/members/${segment(handle)}`;
    return this.http.request("PUT", path, { body: {} });
  }

  /** Make somebody a member at once, or a team, `team:NAME`, as a whole. */
  putMember(group: string, { subject, ...terms }: NewInvitation): Promise<void> {
    const path = `/groups/${segment(group)}/members/${segment(subject)}`;
    return this.http.request("PUT", path, { body: terms });
  }

  /** End a membership, one's own too. */
  dropMember(group: string, subject: string): Promise<void> {
    return this.http.request("DELETE", `/groups/${segment(group)}/members/${segment(subject)}`);
  }

  /** Ask to join a closed one; asking again changes nothing. */
  askToJoin(group: string): Promise<Pending> {
    return this.http.request("POST", `/groups/${segment(group)}/join-requests`);
  }

  joinRequests(group: string): Promise<Page<Pending>> {
    return this.http.request("GET", `/groups/${segment(group)}/join-requests`);
  }

  acceptRequest({ group, id }: Pending): Promise<void> {
    const path = `/groups/${segment(group)}/join-requests/${segment(id)}/accept`;
    return this.http.request("POST", path);
  }

  /** Decline somebody's request, or withdraw one's own. */
  dropRequest({ group, id }: Pending): Promise<void> {
    return this.http.request("DELETE", `/groups/${segment(group)}/join-requests/${segment(id)}`);
  }

  /** Whoever is not here yet gets a link: its secret is in the answer, once. */
  invite(group: string, invitation: NewInvitation): Promise<Pending> {
    const path = `/groups/${segment(group)}/invitations`;
    return this.http.request("POST", path, { body: invitation });
  }

  /** Who is invited; those that one has invited oneself, for members. */
  invited(group: string): Promise<Page<Pending>> {
    return this.http.request("GET", `/groups/${segment(group)}/invitations`);
  }

  approveInvitation({ group, id }: Pending): Promise<void> {
    const path = `/groups/${segment(group)}/invitations/${segment(id)}/approve`;
    return this.http.request("POST", path);
  }

  revokeInvitation({ group, id }: Pending): Promise<void> {
    return this.http.request("DELETE", `/groups/${segment(group)}/invitations/${segment(id)}`);
  }

  /** The secret of a link goes into the body: addresses end up in logs. */
  lookAtLink(token: string): Promise<Link> {
    return this.http.request("POST", "/invitations:look", { body: { token } });
  }

  /** Make an account of a link, and join. */
  redeemLink(token: string, name: string, password: string): Promise<void> {
    return this.http.request("POST", "/invitations:redeem", { body: { token, name, password } });
  }

  /** Join by a link, with the account that I have. */
  acceptLink(token: string): Promise<void> {
    return this.http.request("POST", "/invitations:accept", { body: { token } });
  }

  /** What I am invited to, and what I have asked for. */
  invitations(): Promise<Page<Pending>> {
    return this.http.request("GET", "/invitations");
  }

  acceptInvitation({ id }: Pending): Promise<void> {
    return this.http.request("POST", `/invitations/${segment(id)}/accept`);
  }

  declineInvitation({ id }: Pending): Promise<void> {
    return this.http.request("DELETE", `/invitations/${segment(id)}`);
  }

  home(query: PageQuery): Promise<Activities> {
    return this.http.request("GET", "/home", { query: { ...query } });
  }

  group(name: string, query: PageQuery): Promise<Activities> {
    return this.http.request("GET", `/groups/${segment(name)}/activities`, { query: { ...query } });
  }

  inbox(query: Omit<PageQuery, "filter">): Promise<Activities> {
    return this.http.request("GET", "/inbox", { query: { ...query } });
  }

  search(q: string, limit: number): Promise<Activities> {
    return this.http.request("GET", "/search", { query: { q, limit } });
  }

  page<T>(next: string): Promise<Page<T>> {
    return this.http.follow(next);
  }

  activity(id: string): Promise<Activity> {
    return this.http.request("GET", `/activities/${segment(id)}`);
  }

  /** The same key gives the same answer and one activity, however often it is sent. */
  publish(group: string, activity: NewActivity, key: string): Promise<Receipt> {
    const headers = { "Idempotency-Key": key };
    const path = `/groups/${segment(group)}/activities`;
    return this.http.request("POST", path, { body: activity, headers });
  }

  edit(id: string, change: ActivityChange): Promise<Activity> {
    return this.http.request("PATCH", `/activities/${segment(id)}`, { body: change });
  }

  /** What publishing this would come to; raises what publishing would. */
  preview(group: string, activity: NewActivity): Promise<Preview> {
    const path = `/groups/${segment(group)}/activities:preview`;
    return this.http.request("POST", path, { body: activity });
  }

  audience(group: string): Promise<Page<Audience>> {
    return this.http.request("GET", `/groups/${segment(group)}/audience`);
  }

  /** Why I see it, or somebody else by address or handle. */
  explain(id: string, person: string): Promise<Explanation> {
    const query = person === "" ? {} : { person };
    return this.http.request("GET", `/activities/${segment(id)}/explain`, { query });
  }

  levelChanges(id: string): Promise<Page<LevelChange>> {
    return this.http.request("GET", `/activities/${segment(id)}/history`);
  }

  /** The post goes on under a new id. */
  changeLevel(id: string, level: Level, reason: string): Promise<Activity> {
    const body = { level, reason };
    return this.http.request("PATCH", `/activities/${segment(id)}`, { body });
  }

  /** Who reads a thread from outside its group. */
  sharing(id: string): Promise<Shares> {
    return this.http.request("GET", `/activities/${segment(id)}/sharing`);
  }

  /** Share a thread with somebody, by address or handle; an owner agrees by doing so. */
  share(id: string, person: string, share: NewShare): Promise<Shares> {
    const path = `/activities/${segment(id)}/sharing/${segment(person)}`;
    return this.http.request("PUT", path, { body: share });
  }

  unshare(id: string, person: string): Promise<void> {
    const path = `/activities/${segment(id)}/sharing/${segment(person)}`;
    return this.http.request("DELETE", path);
  }

  remove(id: string): Promise<void> {
    return this.http.request("DELETE", `/activities/${segment(id)}`);
  }

  upload(file: File, options: SendOptions): Promise<FileAnswer> {
    return this.uploader(`/files?name=${segment(file.name)}`, file, options);
  }

  /** Takes back an upload that no post has carried. */
  discard(id: string): Promise<void> {
    return this.http.request("DELETE", `/files/${segment(id)}`);
  }

  markRead(stream: string, seq: number): Promise<void> {
    return this.http.request("PUT", `/streams/${segment(stream)}/read`, { body: { seq } });
  }
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
