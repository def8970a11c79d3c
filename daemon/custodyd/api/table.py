"""Every route of the API in one place."""

from custodyd.api import acting, bodies, reading
from custodyd.api.routes import Route
from custodyd.model.station import Right

ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/status", "How the station stands", reading.status, bodies.Status),
    Route("GET", "/v1/devices", "Every configured device", reading.devices),
    Route("GET", "/v1/entries", "Entries of the record in order", reading.entries),
    Route("GET", "/v1/people", "People by pseudonym", reading.people),
    Route("GET", "/v1/names", "Names from the directory; recorded", reading.names, right=Right.READ_NAMES),
    Route(
        "POST", "/v1/people", "Register a person", acting.register_person, bodies.Entered, bodies.Person, Right.REGISTER
    ),
    Route("GET", "/v1/cases", "Cases and their officers", reading.cases),
    Route("POST", "/v1/cases", "Accept a case", acting.accept_case, bodies.Entered, bodies.Case, Right.REGISTER),
    Route("GET", "/v1/dossiers", "Dossiers", reading.dossiers),
    Route(
        "POST",
        "/v1/dossiers",
        "Register a dossier",
        acting.register_dossier,
        bodies.Entered,
        bodies.Dossier,
        Right.REGISTER,
    ),
    Route("GET", "/v1/dossiers/{id}/label", "The label in force", reading.label, right=Right.LABEL),
    Route(
        "POST",
        "/v1/dossiers/{id}/reissue",
        "Void and reissue the label",
        acting.reissue,
        bodies.Entered,
        bodies.Reissue,
        Right.LABEL,
    ),
    Route("GET", "/v1/clocks", "Running clocks", reading.clocks),
    Route("GET", "/v1/messages", "Messages and how far they came", reading.messages),
    Route("GET", "/v1/incidents", "Open incidents", reading.incidents),
    Route(
        "POST",
        "/v1/incidents/{id}/explain",
        "Close an incident",
        acting.explain,
        bodies.Entered,
        bodies.Explain,
        Right.EXPLAIN,
    ),
    Route(
        "POST", "/v1/readers/{id}/enrol", "Enrol a finger", acting.enrol, bodies.Entered, bodies.Enrol, Right.ENROL_RUN
    ),
    Route(
        "POST",
        "/v1/readers/{id}/remove",
        "Remove a finger",
        acting.remove,
        bodies.Entered,
        bodies.Remove,
        Right.ENROL_RUN,
    ),
    Route("GET", "/v1/cabinets", "Every cabinet", reading.cabinets),
    Route("GET", "/v1/cabinets/{id}/compartments", "What stands where", reading.compartments),
    Route("GET", "/v1/cabinets/{id}/screen", "What the person sees", reading.kiosk, bodies.Screen),
    Route("POST", "/v1/cabinets/{id}/choose", "Pick a dossier", acting.choose, bodies.Screen, bodies.Choose),
    Route("POST", "/v1/cabinets/{id}/terms", "Purpose and due time", acting.terms, bodies.Screen, bodies.Terms),
    Route("POST", "/v1/cabinets/{id}/count", "Pages, seal or finding", acting.count, bodies.Screen, bodies.Count),
    Route(
        "POST", "/v1/cabinets/{id}/vouch", "Name a person whose finger fails", acting.vouch, bodies.Screen, bodies.Vouch
    ),
    Route("POST", "/v1/cabinets/{id}/leave", "Done", acting.leave, bodies.Screen, bodies.Nothing),
    Route(
        "POST", "/v1/cabinets/{id}/emergency", "Emergency opening", acting.emergency, bodies.Screen, bodies.Emergency
    ),
    Route("GET", "/v1/segments", "Segments and checkpoints", reading.segments),
    Route("GET", "/v1/segments/{id}/raw", "Stored bytes of entries", reading.raw, right=Right.VERIFY),
    Route(
        "POST", "/v1/record/rebuild", "Fold anew and compare", acting.rebuild, bodies.Rows, bodies.Nothing, Right.VERIFY
    ),
)
