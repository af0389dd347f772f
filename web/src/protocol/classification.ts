/** What rules say of a text: the mirror of the server's `model/classification.py`. */

/** What raised a level: a rule, or (null) the lowest level there is; of a group or of all. */
export interface Reason {
  rule: string | null;
  group?: string;
}
