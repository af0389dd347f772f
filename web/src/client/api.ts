/** The server's HTTP API, one method a call. All raise ProblemError and NetworkError. */

import type { Activity } from "../protocol/activities";
import type {
  Activities,
  GroupAnswer,
  Me,
  MemberAnswer,
  NewActivity,
  Page,
  Receipt,
  SignedOut,
  SignInWays,
} from "../protocol/answers";
import type { HttpClient } from "./http";

export interface PageQuery {
  limit?: number;
  /** Id of an activity: older ones than that. */
  before?: string | undefined;
  filter?: string;
}

export class Api {
  constructor(private readonly http: HttpClient) {}

  signIn(email: string, password: string): Promise<Me> {
    return this.http.request("POST", "/session", { body: { email, password } });
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

  members(group: string): Promise<Page<MemberAnswer>> {
    return this.http.request("GET", `/groups/${segment(group)}/members`);
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

  edit(id: string, content: string): Promise<void> {
    return this.http.request("PATCH", `/activities/${segment(id)}`, { body: { content } });
  }

  remove(id: string): Promise<void> {
    return this.http.request("DELETE", `/activities/${segment(id)}`);
  }

  markRead(stream: string, seq: number): Promise<void> {
    return this.http.request("PUT", `/streams/${segment(stream)}/read`, { body: { seq } });
  }
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
