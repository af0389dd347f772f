"""Thirty-two ways in which comparable servers lost, doubled, leaked or reordered messages, and
the tests that show that this one does not. A test that is renamed has to be renamed here too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

RELAY = "integration/test_relay.py"
HUB = "unit/live/test_hub.py"
LIVE = "scenario/test_live.py"
FAULTS = "scenario/test_faults.py"
LIES = "scenario/test_lies.py"
LOG = "integration/test_delivery_cases.py"
EPOCH = "integration/test_epoch.py"
RESTORING = "scenario/test_restoring.py"
NODES = "scenario/test_delivery_cases.py"
PURE = "model/test_delivery_cases.py"
KEPT = "model/test_kept.py"
WHOLE = ("model/test_whole.py", "calm_down")  # the state machine checks there

CASES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "t01": (
        "A live message arrives between reading history and registering.",
        [(RELAY, "test_what_is_committed_between_snapshot_and_follow_is_there"), WHOLE],
    ),
    "t02": (
        "The same message is in history and in the live buffer.",
        [
            (PURE, "test_t02_entries_that_come_with_two_pages_are_sent_once"),
            (HUB, "test_what_the_node_has_not_sent_yet_does_not_come_with_a_page"),
        ],
    ),
    "t03": (
        "A hole where history and live meet.",
        [
            (RELAY, "test_lost_messages_are_read_from_the_log"),
            (KEPT, "test_following_waits_for_the_head_that_was_asked_for"),
            ("unit/live/test_window.py", "test_a_hole_is_never_let_in"),
        ],
    ),
    "t04": (
        "The second subscriber is confirmed before the first one's subscription stands.",
        [(RELAY, "test_the_second_first_subscriber_waits_for_the_same_answer")],
    ),
    "t05": (
        "History and live interleave.",
        [(NODES, "test_t05_a_long_resume_and_what_is_published_meanwhile_keep_their_order"), WHOLE],
    ),
    "t06": (
        "Off by one at the edges of the window.",
        [
            (PURE, "test_t06_at_the_windows_floor_a_position_resumes_exactly"),
            (PURE, "test_t06_a_position_at_the_top_is_good_and_one_above_it_is_unknown"),
            (HUB, "test_a_resume_brings_what_follows_the_position"),
        ],
    ),
    "t07": (
        "A position ahead of the server, after a restore.",
        [
            (PURE, "test_t07_after_a_restored_backup_a_position_of_the_lost_time_is_unknown"),
            (EPOCH, "test_the_epoch_stays_while_the_history_goes_on"),
            (EPOCH, "test_t07_a_dump_in_a_database_beside_it_has_another_epoch"),
            (EPOCH, "test_t07_a_dump_in_the_same_database_has_another_epoch"),
            (EPOCH, "test_t07_a_standby_has_none_and_another_one_once_it_has_taken_over"),
            (RESTORING, "test_t07_a_directory_put_back_from_its_copy_has_another_epoch"),
            (RESTORING, "test_t07_nodes_end_where_the_operator_says_that_the_log_was_restored"),
        ],
    ),
    "t08": (
        "A counter is gone before the data.",
        [(NODES, "test_t08_a_bus_that_forgets_everything_changes_no_number")],
    ),
    "t09": (
        "Taking a number and publishing are two steps.",
        [
            (LOG, "test_t09_a_number_is_taken_and_committed_in_one_piece"),
            ("integration/test_publishing.py", "test_concurrent_publishers_leave_no_hole"),
        ],
    ),
    "t10": (
        "Permissions hold live, but not in recovery, caches or history.",
        [
            WHOLE,
            (
                KEPT,
                "test_an_inbox_says_nothing_of_a_stream_that_was_lost_while_its_reader_was_away",
            ),
            (
                "integration/api/test_leaks.py",
                "test_after_a_revocation_nothing_of_the_group_is_left",
            ),
        ],
    ),
    "t11": (
        "A revocation races a subscription under way.",
        [(PURE, "test_t11_who_is_revoked_while_the_log_is_asked_is_not_let_in"), WHOLE],
    ),
    "t12": (
        "Frames wait in a queue after the revocation.",
        [
            (
                NODES,
                "test_t12_what_waits_behind_a_stalled_socket_is_not_written_after_a_revocation",
            ),
            (HUB, "test_bytes_that_wait_in_a_transport_are_aborted_with_the_revocation"),
            (HUB, "test_a_lagging_reader_who_is_revoked_does_not_catch_up"),
        ],
    ),
    "t13": (
        "Resuming goes around authentication.",
        [
            (LIVE, "test_who_was_revoked_while_away_cannot_resume"),
            (LIVE, "test_a_closed_account_is_cut_off_within_a_second"),
        ],
    ),
    "t14": (
        "A disconnect hits one of several tabs.",
        [
            (LIVE, "test_a_revoked_person_gets_nothing_more_on_any_node"),
            (HUB, "test_every_tab_of_a_revoked_person_is_cut_off"),
        ],
    ),
    "t15": (
        "The message of a revocation is lost.",
        [
            (PURE, "test_t15_a_revocation_that_the_bus_lost_is_found_by_the_poll"),
            (FAULTS, "test_a_revocation_holds_without_a_bus"),
        ],
    ),
    "t16": (
        "Permissions cannot be read while they change.",
        [(PURE, "test_t16_without_the_log_a_change_of_authority_closes_the_connection")],
    ),
    "t17": (
        "The bus is half dead: connected, and silent.",
        [
            (RELAY, "test_a_bus_that_hangs_is_noticed_by_its_silence"),
            (RELAY, "test_a_killed_bus_connection_loses_nothing"),
            (LIES, "test_a_bus_whose_cable_carries_nothing_is_found_out_and_dialled_again"),
            (LIES, "test_a_replica_that_was_cut_off_is_found_out"),
        ],
    ),
    "t18": (
        "The bus comes back, and what was said meanwhile is gone.",
        [
            (FAULTS, "test_a_killed_bus_costs_latency_alone"),
            (
                "scenario/test_cluster.py",
                "test_a_shard_that_dies_costs_nobody_anything_and_latency_recovers",
            ),
        ],
    ),
    "t19": (
        "A second resume replays the first.",
        [(HUB, "test_a_second_resume_does_not_replay_the_first"), WHOLE],
    ),
    "t20": (
        "A resume before any message was received.",
        [(HUB, "test_a_position_is_known_before_anything_was_received"), WHOLE],
    ),
    "t21": (
        "A node is killed; its clients resume on another.",
        [(LIVE, "test_a_node_killed_in_mid_traffic_costs_nobody_anything"), WHOLE],
    ),
    "t22": (
        "Unknown, foreign and senseless positions.",
        [
            (
                "scenario/test_bad_input.py",
                "test_a_future_position_is_named_and_the_rest_subscribed",
            ),
            (
                "scenario/test_bad_input.py",
                "test_a_wrong_message_is_answered_and_the_next_one_taken",
            ),
        ],
    ),
    "t23": (
        "A filtered subscriber's position ages out.",
        [
            (PURE, "test_t23_the_position_of_a_picky_reader_does_not_age"),
            (HUB, "test_a_checkpoint_tells_a_picky_reader_where_the_stream_is"),
        ],
    ),
    "t24": (
        "Nothing passes the filter, in any format.",
        [(PURE, "test_t24_a_resume_of_which_nothing_passes_ends_with_the_position"), WHOLE],
    ),
    "t25": (
        "Closing a slow reader frees not everything.",
        [
            (NODES, "test_t25_who_takes_nothing_at_all_is_closed_and_leaves_nothing"),
            (FAULTS, "test_a_reader_who_stops_reading_catches_up_on_the_same_socket"),
        ],
    ),
    "t26": (
        "A subscription, or somebody's presence, rises from the dead after all has gone.",
        [
            (PURE, "test_t26_who_goes_while_being_let_in_leaves_nothing_behind"),
            (
                "unit/live/test_presence.py",
                "test_the_people_of_a_node_that_falls_silent_are_gone_and_stay_gone",
            ),
            WHOLE,
        ],
    ),
    "t27": (
        "Joining what belongs together breaks the order.",
        [
            (HUB, "test_a_burst_within_a_tick_is_one_write_per_connection"),
            (HUB, "test_a_revocation_withholds_what_waits_for_the_tick"),
        ],
    ),
    "t28": (
        "Periodic work holds up the heartbeat.",
        [(NODES, "test_t28_a_bus_that_hangs_holds_up_no_heartbeat")],
    ),
    "t29": (
        "A lock is held across a write, and two wait for each other.",
        [
            (LOG, "test_t29_publishing_and_changing_members_never_wait_for_each_other_for_ever"),
            (HUB, "test_catching_up_stops_when_the_transport_fills_again"),
        ],
    ),
    "t30": (
        "Everybody comes back at once.",
        [
            (PURE, "test_t30_a_storm_reads_each_page_of_the_log_once"),
            (
                "scenario/test_crowding.py",
                "test_a_storm_of_more_than_fit_at_once_is_let_in_one_after_the_other",
            ),
        ],
    ),
    "t31": (
        "Counters drift.",
        [
            ("scenario/test_metrics.py", "test_after_any_churn_every_gauge_is_back_at_zero"),
            (HUB, "test_after_everybody_has_gone_nothing_is_left"),
            ("unit/live/test_cohort.py", "test_an_empty_cohort_leaves_no_trace_in_the_index"),
        ],
    ),
    "t32": (
        "What a client claims is trusted.",
        [(NODES, "test_t32_what_a_client_claims_is_never_given_back")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_its_tests(case: str) -> None:
    _, tests = CASES[case]
    assert tests
    for file, name in tests:
        source = (TESTS / file).read_text()
        assert re.search(rf"^ *(?:async )?def {name}\(", source, re.M), f"{file} has no {name}"


def test_all_thirty_two_are_there() -> None:
    assert list(CASES) == [f"t{number:02}" for number in range(1, 33)]
