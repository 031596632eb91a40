"""Schedules: their records, the permissions of people, and the way to QStash."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.schedules.acts.draft import Consenting, Draft
    from bot.schedules.acts.publishing import Publishing
    from bot.schedules.acts.service import Schedules
    from bot.schedules.acts.upkeep import Upkeep
    from bot.schedules.acts.warming import Warming
    from bot.schedules.acts.watchers import ScheduleWatchers
    from bot.schedules.breaks.interruptions import BreakEnd, Interruptions, moment_of_end
    from bot.schedules.directory import ScheduleDirectory
    from bot.schedules.history.deleted_posts import mark_deleted_post
    from bot.schedules.history.run import NOBODY, Outcome, Run, encode_run
    from bot.schedules.index import Beside, ScheduleIndex
    from bot.schedules.index_entry import Entry
    from bot.schedules.listing import Listing, Wanted, cut_page
    from bot.schedules.looks import Looks
    from bot.schedules.names import ID, NEW_ID, bad_name, give_handle, new_id, tidy_name
    from bot.schedules.permissions import Permissions
    from bot.schedules.places.find_places import NamedPlace, PlaceFinder
    from bot.schedules.places.move_places import Moved, copy_schedule, move_schedule
    from bot.schedules.places.remove_place import remove_place
    from bot.schedules.policy import Policy
    from bot.schedules.record_changes import TOMBSTONE_TTL, member_of
    from bot.schedules.refusals import (
        BadName,
        CannotPost,
        CannotRead,
        CannotReview,
        ChangedMeanwhile,
        MembershipUntold,
        NeedsConsent,
        NoSuchPlace,
        NotAllowed,
        NotMember,
        NotPublished,
        NotReader,
        NotYours,
        Outside,
        PlaceProblem,
        PlaceRefusal,
        Pointless,
        PointlessProblem,
        Refusal,
        SomePlaces,
        TooLate,
        TooManyPlaces,
        TooMuchToRead,
        Unknown,
    )
    from bot.schedules.review import (
        CLOSEST_REVIEWS,
        LONGEST_LEAD,
        MOST_REVIEWERS,
        SHORTEST_LEAD,
        USUAL_LEAD,
        Review,
        Undecided,
        is_review,
    )
    from bot.schedules.schedule import (
        MOST_PLACES,
        NAME_LIMIT,
        Place,
        Schedule,
        ScheduleRef,
        State,
        each_once,
        ticket_of,
    )
    from bot.schedules.schedule_record import FIELDS, decode_schedule
    from bot.schedules.schedule_store import ADD_LINE, ScheduleStore
    from bot.schedules.skips.skip import MOST_SKIPS, Skip
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ADD_LINE",
    "CLOSEST_REVIEWS",
    "FIELDS",
    "ID",
    "LONGEST_LEAD",
    "MOST_PLACES",
    "MOST_REVIEWERS",
    "MOST_SKIPS",
    "NAME_LIMIT",
    "NEW_ID",
    "NOBODY",
    "SHORTEST_LEAD",
    "TOMBSTONE_TTL",
    "USUAL_LEAD",
    "BadName",
    "Beside",
    "BreakEnd",
    "CannotPost",
    "CannotRead",
    "CannotReview",
    "ChangedMeanwhile",
    "Consenting",
    "Draft",
    "Entry",
    "Interruptions",
    "Listing",
    "Looks",
    "MembershipUntold",
    "Moved",
    "NamedPlace",
    "NeedsConsent",
    "NoSuchPlace",
    "NotAllowed",
    "NotMember",
    "NotPublished",
    "NotReader",
    "NotYours",
    "Outcome",
    "Outside",
    "Permissions",
    "Place",
    "PlaceFinder",
    "PlaceProblem",
    "PlaceRefusal",
    "Pointless",
    "PointlessProblem",
    "Policy",
    "Publishing",
    "Refusal",
    "Review",
    "Run",
    "Schedule",
    "ScheduleDirectory",
    "ScheduleIndex",
    "ScheduleRef",
    "ScheduleStore",
    "ScheduleWatchers",
    "Schedules",
    "Skip",
    "SomePlaces",
    "State",
    "TooLate",
    "TooManyPlaces",
    "TooMuchToRead",
    "Undecided",
    "Unknown",
    "Upkeep",
    "Wanted",
    "Warming",
    "bad_name",
    "copy_schedule",
    "cut_page",
    "decode_schedule",
    "each_once",
    "encode_run",
    "give_handle",
    "is_review",
    "mark_deleted_post",
    "member_of",
    "moment_of_end",
    "move_schedule",
    "new_id",
    "remove_place",
    "ticket_of",
    "tidy_name",
]
