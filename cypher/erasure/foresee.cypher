// foresee: the same memories, shown to whoever thinks of the erasure, but for those that the principal is kept from.
// mode: read
// params: principal STRING, space STRING, now DATETIME, named STRING, opens STRING
// returns: id STRING, kind STRING, role STRING, versions INTEGER, text STRING
// shows: id
//> include fragments/about
WITH c, sees, role WHERE NOT c.id IN forbidden
RETURN c.id AS id, c.semantic_type AS kind, role, c.version AS versions, CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END AS text
ORDER BY id
