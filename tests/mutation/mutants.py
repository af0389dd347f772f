"""The table of mutants."""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "server/headrace"

# The quick ones first: most mutants do not live to see the state machines.
MERGE = (
    "tests/model/test_kept.py",
    "tests/model/test_delivery_cases.py",
    "tests/model/test_pages.py",
    "tests/model/test_live_core.py",
    "tests/model/test_whole.py",
)
CORE = ("tests/unit/live", *MERGE)
WRITES = (
    "tests/integration/test_publishing.py",
    "tests/integration/test_authority.py",
    "tests/integration/test_delivery_cases.py",
)
SHARING = (
    "tests/integration/api/sharing/test_sharing.py",
    "tests/integration/api/sharing/test_ends.py",
)
SEATING = ("tests/integration/test_seating.py",)
CONTENTION = ("tests/integration/test_contention.py",)
RECALLING = ("tests/integration/api/test_recalling.py",)
FACTORS = ("tests/integration/api/test_security_keys.py",)
SEALING = ("tests/unit/auth/test_sealing.py", "tests/integration/test_sealing_keys.py")
FILTERS = ("tests/unit/model/test_filters.py", "tests/unit/live/test_cohort.py")


class Mutant(NamedTuple):
    """A bug: ``old`` occurs once in ``file`` and becomes ``new``; ``breaks`` says what goes wrong
    in a running server, ``tests`` are those that should notice."""

    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...] = CORE

    def applied(self, source: str) -> str:
        """The source with the bug in it."""
        assert source.count(self.old) == 1, f"{self.name} fits {source.count(self.old)} times"
        return source.replace(self.old, self.new)


MUTANTS = (
    # Threads that are shared.
    Mutant(
        "names_are_tried_from_outside",
        "publishing/drafts.py",
        "return self.within[:1] if self.is_outside else self.within",
        "return self.within",
        "Who reads one thread learns by mentions who is in the group.",
        SHARING,
    ),
    Mutant(
        "an_answer_stays_at_home",
        "publishing/findings.py",
        "if found.twin is not None and found.group in groups",
        "if found.twin is not None and found.group not in groups",
        "Those outside do not get what is answered, nor the group what they answer.",
        SHARING,
    ),
    Mutant(
        "a_thread_that_rises_stays_shared",
        "publishing/moving.py",
        "if self._levels[old] > self._room.posts[old].level:",
        "if self._levels[old] < self._room.posts[old].level:",
        "Once it is lowered again, those outside read on.",
        SHARING,
    ),
    Mutant(
        "sharing_is_overtaken",
        "log/migrations/versions/0016_shared_threads.py",
        "IF rules <> greatest(",
        "IF rules > greatest(",
        "What was prepared before a thread was shared is missing in it.",
        SHARING,
    ),
    # What publishers remember.
    Mutant(
        "a_refusal_is_remembered",
        "publishing/batch.py",
        "if self._found.is_recalled and self._outcomes:",
        "if not self._found.is_recalled and self._outcomes:",
        "Who has just been let in is refused, and for as long as they do not publish elsewhere.",
        SEATING,
    ),
    Mutant(
        "what_would_not_do_is_believed_again",
        "publishing/publisher.py",
        "seating = Seating() if attempt else self._seating",
        "seating = self._seating",
        "Of many batches at once that come again, some are unavailable however often they come.",
        CONTENTION,
    ),
    Mutant(
        "a_lifted_import_needs_no_seat",
        "publishing/admitting.py",
        "if publication.is_imported:\n            groups",
        "if publication.is_imported and parent:\n            groups",
        "Who has left the group goes on publishing what its rules lift.",
        SEATING,
    ),
    Mutant(
        "a_guest_that_was_is_one_for_ever",
        "publishing/admitting.py",
        "if publication.level is not None or max(readable) >= Level.INTERNAL:",
        "if publication.level is None or max(readable) >= Level.INTERNAL:",
        "What somebody writes who is a colleague by now is read by all guests.",
        SEATING,
    ),
    Mutant(
        "people_keep_their_old_names",
        "log/migrations/versions/0017_grounds.py",
        "IS DISTINCT FROM (k.handle, k.name, k.kind)",
        "IS DISTINCT FROM (p.handle, p.name, p.kind)",
        "Live readers see a name that somebody has given up.",
        SEATING,
    ),
    Mutant(
        "a_token_that_is_over_publishes_on",
        "log/appending.py",
        "        grounds.credentials,",
        "        [],",
        "Whose session was ended publishes for as long as the node remembers it.",
        RECALLING,
    ),
    Mutant(
        "one_that_is_over_holds_up_a_batch",
        "publishing/batch.py",
        "if publication.credential is not None and ordinal not in self._outcomes",
        "if publication.credential is not None",
        "Whoever publishes at the same time as somebody signed out gets 503.",
        RECALLING,
    ),
    Mutant(
        "a_batch_of_refusals_is_believed",
        "api/batches.py",
        "if not any(result.error is None for result in done):",
        "if not done:",
        "A token that was revoked is told line by line what is wrong.",
        RECALLING,
    ),
    Mutant(
        "who_is_nobody_learns_why_not",
        "api/endpoint.py",
        "if identity.is_remembered:",
        "if not identity.is_remembered:",
        "A token that was revoked is told which groups there are.",
        RECALLING,
    ),
    Mutant(
        "a_remembered_token_never_expires",
        "auth/accounts.py",
        "known.expires <= self._means.clock()",
        "known.expires > self._means.clock()",
        "Who published once publishes for ever.",
        RECALLING,
    ),
    # Numbering.
    Mutant(
        "a_number_is_skipped",
        "log/migrations/versions/0004_append.py",
        "s.head + row_number() OVER earlier",
        "s.head + 1 + row_number() OVER earlier",
        "A stream has holes; nodes ask the log for ever for what is not there.",
        WRITES,
    ),
    Mutant(
        "the_head_stays_behind",
        "log/migrations/versions/0004_append.py",
        "max(seq) AS head",
        "max(seq) - 1 AS head",
        "The next entry gets a number that is taken.",
        WRITES,
    ),
    Mutant(
        "likes_count_as_unread",
        "log/appending.py",
        "is_post=activity.type in POSTS",
        "is_post=True",
        "Unread counts show what nobody has to read.",
        WRITES,
    ),
    Mutant(
        "a_key_twice_in_a_batch_is_published_twice",
        "publishing/batch.py",
        "if key is not None and first.setdefault(key, ordinal) != ordinal:",
        "if key is not None and first.setdefault(key, ordinal) == -1:",
        "A client that repeats itself within a batch stops the whole batch.",
        WRITES,
    ),
    Mutant(
        "an_answer_falls_below_its_parents_level",
        "publishing/admitting.py",
        "return max(floor, min(Level.INTERNAL, max(readable)))",
        "return min(Level.INTERNAL, max(readable))",
        "Answers to confidential posts are internal, and quote them.",
        WRITES,
    ),
    Mutant(
        "newcomers_start_at_the_bottom",
        "log/authority.py",
        "[floors.get(change.stream_id, 0) for change in kept]",
        "[0 for change in kept]",
        "Who joins a group reads what was kept from newcomers.",
        ("tests/integration/api/test_newcomers.py",),
    ),
    Mutant(
        "a_level_above_ones_clearance_can_be_published_to",
        "publishing/admitting.py",
        "if found.level not in readable and not is_lifted:",
        "if found.level is None:",
        "Guests write into streams that they do not read.",
        WRITES,
    ),
    Mutant(
        "mentions_reach_who_does_not_read_the_stream",
        "publishing/inboxes.py",
        "        draft.seats += reached\n",
        "",
        "Whoever was revoked meanwhile is told of what was written about them in a closed group.",
        WRITES,
    ),
    Mutant(
        "a_right_that_was_lost_meanwhile_still_takes_a_number",
        "log/migrations/versions/0004_append.py",
        "r.role IS DISTINCT FROM seat.role",
        "false",
        "Whoever is revoked between the look and the lock publishes once more.",
        WRITES,
    ),
    Mutant(
        "one_is_told_of_ones_own_posts",
        "publishing/inboxes.py",
        "for seat in reached if seat.person != row.actor)",
        "for seat in reached)",
        "Everybody who mentions themselves notifies themselves.",
        WRITES,
    ),
    Mutant(
        "the_first_entry_of_a_batch_is_not_announced",
        "publishing/publisher.py",
        "self._announce(committed.entries)",
        "self._announce(committed.entries[1:])",
        "Every activity waits for the next poll.",
        ("tests/integration/test_relay.py",),
    ),
    Mutant(
        "a_revocation_is_written_as_a_grant",
        "log/authority.py",
        "revoked[change.stream_id].append(change.person)",
        "granted[change.stream_id].append(change.person)",
        "Whoever is removed goes on reading on all nodes.",
        WRITES,
    ),
    # The window.
    Mutant(
        "the_window_lets_a_gap_in",
        "live/window.py",
        "if item.entry.seq != self.top + 1:",
        "if item.entry.seq < self.top + 1:",
        "A lost message of the bus becomes a lost activity, silently.",
    ),
    Mutant(
        "the_floor_forgets_what_was_evicted",
        "live/window.py",
        "return self.top - len(self._items) + self._skipped",
        "return self.top - len(self._items)",
        "Memory is freed by luck, and evicted entries are served.",
    ),
    Mutant(
        "after_is_off_by_one",
        "live/window.py",
        "first = len(self._items) - (self.top - position)",
        "first = len(self._items) - (self.top - position) + 1",
        "Whoever resumes misses one activity.",
    ),
    Mutant(
        "what_is_deleted_last_is_kept",
        "live/window.py",
        "for index in range(self._skipped, len(self._items)):",
        "for index in range(self._skipped, len(self._items) - 1):",
        "The newest entry keeps its text although it was withdrawn.",
    ),
    # Cursors: merging history and live.
    Mutant(
        "what_was_sent_is_sent_again",
        "live/session.py",
        "if not cursor < item.entry.seq <= cohort.stream.flushed:",
        "if not item.entry.seq <= cohort.stream.flushed:",
        "Two pages that overlap bring activities twice.",
    ),
    Mutant(
        "history_runs_ahead_of_the_tick",
        "live/session.py",
        "if not cursor < item.entry.seq <= cohort.stream.flushed:",
        "if not cursor < item.entry.seq <= cohort.stream.window.top:",
        "What comes with a page comes again with the tick.",
    ),
    Mutant(
        "a_slow_reader_skips_what_waits_for_the_tick",
        "live/session.py",
        "self.fall_behind(cohort, Behind(cohort.stream.flushed, cohort.told))",
        "self.fall_behind(cohort, Behind(cohort.stream.window.top, cohort.told))",
        "Whoever becomes slow within a burst misses its rest.",
    ),
    Mutant(
        "who_falls_behind_stays_live",
        "live/session.py",
        "        self.behind[cohort] = behind\n        cohort.members.pop(self, None)\n",
        "        self.behind[cohort] = behind\n",
        "A full transport is written to for ever, and everything comes twice.",
    ),
    Mutant(
        "a_picky_reader_is_told_of_more_than_it_got",
        "live/session.py",
        "Behind(behind.cursor, behind.cursor if present else behind.told)",
        "Behind(behind.cursor, behind.cursor)",
        "Clients take the next activity for a gap and subscribe again for ever.",
    ),
    Mutant(
        "no_checkpoint_ends_a_catching_up",
        "live/session.py",
        "if present and behind.told < behind.cursor:",
        "if present and behind.told > behind.cursor:",
        "A picky reader's position ages although it is up to date.",
    ),
    Mutant(
        "leaving_forgets_who_was_behind",
        "live/session.py",
        "        cohort.members.pop(self, None)\n        self._leave_behind(cohort)\n",
        "        cohort.members.pop(self, None)\n",
        "Who lags while being revoked catches up with what was taken from them.",
    ),
    Mutant(
        "caught_up_is_never_said",
        "live/session.py",
        "        if subscription.waiting is not None and not subscription.waiting:\n",
        "        if subscription.waiting is None:\n",
        "Clients show that they are loading for ever.",
    ),
    # Cohorts.
    Mutant(
        "prev_is_that_of_the_first",
        "live/cohort.py",
        "        self.told = item.entry.seq\n        return frame\n",
        "        return frame\n",
        "Filtered readers cannot tell a gap from a filter.",
    ),
    Mutant(
        "the_index_forgets_the_unfiltered",
        "live/cohort.py",
        "found = set(self._others)",
        "found: set[Cohort] = set()",
        "One filter in a stream silences everybody without one.",
    ),
    Mutant(
        "a_cohort_does_not_wait_for_its_slow_members",
        "live/cohort.py",
        "if cohort.members or cohort.expected:",
        "if cohort.members:",
        "Who comes back from slowness joins a cohort that gets nothing.",
    ),
    Mutant(
        "all_filters_are_one_cohort",
        "live/cohort.py",
        "view = (chosen.canonical, form)",
        'view = ("", form)',
        "Everybody gets what the first subscriber asked for.",
    ),
    # The hub: revocation, and who is where.
    Mutant(
        "a_revocation_is_not_applied",
        "live/hub.py",
        "if entry.revoked or entry.granted or entry.ended:",
        "if entry.granted or entry.ended:",
        "Whoever is removed goes on reading.",
    ),
    Mutant(
        "one_tab_only_is_cut_off",
        "live/hub.py",
        "        for session in list(reader.sessions):\n            lost = [",
        "        for session in reader.sessions[:1]:\n            lost = [",
        "A second tab goes on reading.",
    ),
    Mutant(
        "what_waits_in_the_transport_goes_out",
        "live/hub.py",
        "        if unsent:\n",
        "        if unsent < 0:\n",
        "Frames leave for a person after the revocation.",
    ),
    Mutant(
        "a_lost_stream_is_not_remembered",
        "live/hub.py",
        "reader.lost |= {stream.name}",
        "reader.lost |= set()",
        "The inbox shows what came through a stream that was lost.",
    ),
    Mutant(
        "a_stream_gained_again_stays_lost",
        "live/hub.py",
        "reader.lost -= {stream.name}\n                self._on_stale(person)",
        "self._on_stale(person)",
        "Mentions come without content although their reader may see them again.",
    ),
    Mutant(
        "the_log_is_not_heard_about_the_inbox",
        "live/hub.py",
        "is_gone = entry.seq <= self.known_to and entry.via not in self.readable",
        "is_gone = entry.seq < 0 and entry.via not in self.readable",
        "Who lost a stream while away finds its mentions in the inbox's window.",
    ),
    Mutant(
        "what_was_evicted_counts_as_harmless",
        "live/hub.py",
        "if position < stream.window.floor:\n            return None",
        "if position < stream.window.floor:\n            return False",
        "A revocation in a storm of entries is overlooked while subscribing.",
    ),
    Mutant(
        "a_revocation_since_the_snapshot_is_overlooked",
        "live/hub.py",
        "if person in item.entry.revoked:\n                reads = False",
        "if person in item.entry.revoked:\n                reads = True",
        "Who is removed while subscribing is let in.",
    ),
    Mutant(
        "a_position_is_ignored",
        "live/hub.py",
        "if start == stream.flushed and not session.paused:",
        "if start <= stream.flushed and not session.paused:",
        "Nothing is resumed, and the client is told that all is well.",
    ),
    Mutant(
        "newcomers_do_not_wait_for_the_tick",
        "live/hub.py",
        "        self._settle(stream)\n        for taken",
        "        for taken",
        "Subscribing starts in the past of the tick, and a resume takes place in its middle.",
    ),
    Mutant(
        "a_burst_beyond_the_window_is_dropped",
        "live/hub.py",
        "session.fall_behind(cohort, Behind(stream.flushed, cohort.told))",
        "session.fall_behind(cohort, Behind(stream.window.floor, cohort.told))",
        "What has left the window within the tick reaches nobody.",
    ),
    Mutant(
        "a_checkpoint_promises_what_waits_for_the_tick",
        "live/hub.py",
        "message = Checkpoint(streams={stream.name: stream.flushed})",
        "message = Checkpoint(streams={stream.name: stream.window.top})",
        "Who reconnects after the checkpoint misses what had not been sent.",
    ),
    Mutant(
        "a_page_under_way_escapes_the_revocation",
        "live/session.py",
        "if self.reader.withholds(item.entry):",
        "if self.reader.withholds(item.entry) and self.paused:",
        "A page of the inbox that was being read tells what was taken away meanwhile.",
    ),
    # The edge: heartbeats.
    Mutant(
        "what_is_in_a_message_is_taken_for_a_pong",
        "live/protocol.py",
        "if self._state is State.OPEN and not self._missing:",
        "if self._state is State.OPEN:",
        "A message that contains what looks like an answer is torn, and the connection with it.",
    ),
    Mutant(
        "a_message_in_parts_is_forgotten_between_them",
        "live/protocol.py",
        "not self._missing and self._assembling is None:",
        "not self._missing:",
        "Clients that fragment their messages are cut off.",
    ),
    Mutant(
        "who_never_answers_stays",
        "live/protocol.py",
        "        self._heard = False\n        return True",
        "        return True",
        "Connections whose other end is gone pile up.",
    ),
    Mutant(
        "only_some_checkpoints_are_made",
        "live/hub.py",
        "        self._moved[stream] = None\n",
        "        self._moved = {stream: None}\n",
        "Of several streams, a picky reader hears of one: it resumes the others from far back.",
    ),
    # The relay.
    Mutant(
        "the_bus_overtakes_the_log",
        "relay.py",
        "if entry.seq == stream.window.top + 1 and entry.stream not in self._recovering:",
        "if entry.seq == stream.window.top + 1:",
        "An entry comes in while the log's page with it is on its way: the node breaks.",
        MERGE,
    ),
    Mutant(
        "what_was_committed_before_following_is_missed",
        "relay.py",
        "wanted.update(await self._heads.ask(new))",
        "pass",
        "What is committed between snapshot and subscription comes only with the next poll.",
        ("tests/integration/test_relay.py",),
    ),
    Mutant(
        "polling_finds_nothing",
        "relay.py",
        "if stream is not None and stream.window.top < head:",
        "if stream is not None and stream.window.top > head:",
        "A lost message of the bus is missed until somebody writes again.",
        MERGE,
    ),
    Mutant(
        "a_reading_under_way_hides_that_more_is_wanted",
        "relay.py",
        "self._wanted[stream.name] = max(upto, self._wanted.get(stream.name, 0))",
        "self._wanted[stream.name] = self._wanted.get(stream.name, upto)",
        "Somebody subscribes to a stream that is not complete.",
        MERGE,
    ),
    Mutant(
        "what_comes_at_the_end_of_a_recovery_is_lost",
        "relay.py",
        "if has_ended_well and stream.window.top < wanted:",
        "if has_ended_well and stream.window.top > wanted:",
        "An activity waits for the next poll, after each recovery in a busy stream.",
        MERGE,
    ),
    # Admission.
    Mutant(
        "a_stale_yes_installs",
        "admission.py",
        "            if not revoked:\n",
        "            if revoked is not None:\n",
        "Who is removed while subscribing is let in.",
        MERGE,
    ),
    Mutant(
        "the_present_is_a_position_of_the_future",
        "admission.py",
        "positions.get(stream.name, 0) > stream.window.top",
        "positions.get(stream.name, 0) >= stream.window.top",
        "Everybody who reconnects in a quiet moment starts again.",
        MERGE,
    ),
    Mutant(
        "foreign_positions_pass_in_silence",
        "admission.py",
        "foreign = sorted(set(positions) - {stream.name for stream in streams})",
        "foreign: list[str] = []",
        "Who lost a stream while away believes to follow it.",
        MERGE,
    ),
    Mutant(
        "a_grant_while_subscribing_is_forgotten",
        "admission.py",
        "if self._hub.streams[session.reader.inbox].window.top > known.inbox.head:",
        "if self._hub.streams[session.reader.inbox].window.top < known.inbox.head:",
        "A new group stays dark until the next connection.",
        MERGE,
    ),
    Mutant(
        "a_second_change_while_looking_is_forgotten",
        "admission.py",
        "            self._again.add(person)\n            return\n        task",
        "            return\n        task",
        "Of two grants in quick succession the second is dark until the next connection.",
        MERGE,
    ),
    Mutant(
        "without_the_log_authority_stays_as_it_is",
        "admission.py",
        "            self._hub.end_reader(reader, UNAVAILABLE)\n",
        "            pass\n",
        "The node fails open.",
        MERGE,
    ),
    # Pages.
    Mutant(
        "a_page_is_kept_as_full_before_it_is",
        "pages.py",
        "upto = min((page + 1) * self._size, flushed)",
        "upto = (page + 1) * self._size",
        "A page that was read half full is believed to be all there is.",
        MERGE,
    ),
    Mutant(
        "a_page_that_failed_is_kept",
        "pages.py",
        "if done.cancelled() or done.exception() is not None:",
        "if done.cancelled():",
        "After the log was away for a moment nobody can catch up any more.",
        MERGE,
    ),
    Mutant(
        "a_page_begins_too_late",
        "pages.py",
        "found = [item for item in items if item.entry.seq > after]",
        "found = [item for item in items if item.entry.seq > after + 1]",
        "Each page of a catching-up misses an activity.",
        MERGE,
    ),
    Mutant(
        "a_page_that_no_longer_holds_is_kept",
        "pages.py",
        "[key for key in self._pages if key[0] == stream]",
        "[key for key in self._pages if key[0] != stream]",
        "What was deleted is shown to whoever comes back.",
        MERGE,
    ),
    # Filters.
    Mutant(
        "a_minus_is_overlooked",
        "model/filters.py",
        "if is_disjoint(marks) is not negated:",
        "if is_disjoint(marks):",
        "Who asks to be spared something gets nothing but that.",
        FILTERS,
    ),
    Mutant(
        "a_negated_term_is_indexed",
        "model/filters.py",
        "positive = (term for term in self.terms if not term.negated)",
        "positive = iter(self.terms)",
        "Filters with a minus miss almost everything, live only.",
        FILTERS,
    ),
    Mutant(
        "a_phrase_is_found_by_accident",
        "model/filters.py",
        "all((phrase in folded) is not negated for phrase, negated in self._phrases)",
        "any((phrase in folded) is not negated for phrase, negated in self._phrases)",
        "Of several words one is enough.",
        FILTERS,
    ),
    # The second factor.
    Mutant(
        "a_copied_key_is_as_good",
        "log/sql/security_keys.sql",
        "counter < $2 OR",
        "counter <= $2 OR",
        "A copy of a key signs in beside it, and nobody hears of it.",
        FACTORS,
    ),
    Mutant(
        "a_challenge_is_good_for_ever",
        "log/sql/security_keys.sql",
        "WHERE holder = $1 AND expires > $2 RETURNING challenge",
        "WHERE holder = $1 AND $2::timestamptz IS NOT NULL RETURNING challenge",
        "What a key has signed waits for whoever finds it.",
        FACTORS,
    ),
    Mutant(
        "a_secret_that_nobody_has_shown_opens_the_account",
        "auth/factors.py",
        "if known is None or not known.confirmed:",
        "if known is None:",
        "An app that was never set up to its end is a second factor.",
        FACTORS,
    ),
    Mutant(
        "a_secret_is_sealed_for_nobody",
        "auth/sealing.py",
        "return head + person.bytes + purpose.encode()",
        "return head + purpose.encode()",
        "Whoever writes to the database moves their own app's secret to another account.",
        SEALING,
    ),
    Mutant(
        "any_key_will_do",
        "auth/sealing_keys.py",
        "if current not in ring:",
        "if current is None:",
        "A node with another key serves, and refuses whoever signs in with an app.",
        SEALING,
    ),
    Mutant(
        "a_secret_is_sealed_with_a_key_of_before",
        "log/sql/sealing.sql",
        "SELECT id FROM sealing_key FOR SHARE",
        "SELECT id FROM sealing_key",
        "Who sets up an app while the key is changed is locked out once the former one is gone.",
        SEALING,
    ),
)
