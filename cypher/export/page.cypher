// page: memories of a selection that the principal may read, as an export carries them, in the order they were written; no row when the space may not be read.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, everything BOOLEAN, cubes LIST<STRING>, sources LIST<STRING>, concepts LIST<STRING>, topics LIST<STRING>, level STRING?, limit INTEGER
// returns: memories LIST<MAP>
// shows: memories[].id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
// A selection of nothing and a space that may not be read any more must not look alike: the one ends an export, the other breaks it off.
RETURN COLLECT {
  //> include fragments/selected
  WITH DISTINCT c
  WHERE c:Plaintext AND c.live AND c.state <> 'deleted' AND c.expires_at > $now AND c.id > $after AND NOT c.id IN forbidden
    AND ($level IS NULL OR c.level = $level)
  RETURN {
    id: c.id, version: c.version, kind: c.semantic_type, text: CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END,
    speaker: c.speaker, at: toString(c.said_at), source: c.source, origin_id: c.origin_id, tags: coalesce(c.tags, []),
    valid_from: toString(c.valid_from)
  } ORDER BY c.id LIMIT $limit
} AS memories
