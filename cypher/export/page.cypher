// page: memories of a selection that the principal may read, as an export carries them, in the order they were written.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, everything BOOLEAN, cubes LIST<STRING>, sources LIST<STRING>, concepts LIST<STRING>, topics LIST<STRING>, level STRING?, limit INTEGER
// returns: id STRING, version INTEGER, kind STRING, text STRING, speaker STRING?, at STRING?, source STRING?, origin_id STRING?, tags LIST<STRING>, valid_from STRING
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
CALL (s) {
  WITH s WHERE $everything
  MATCH (c:MemCube {space: s.id}) WHERE c.created_at IS NOT NULL
  RETURN c
  UNION
  UNWIND $cubes AS wanted
  MATCH (c:MemCube {id: wanted}) WHERE c.space = s.id
  RETURN c
  UNION
  UNWIND $sources AS wanted
  MATCH (:Source {space: s.id, id: wanted})<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(c:MemCube)
  RETURN c
  UNION
  UNWIND $concepts AS name
  MATCH (:Concept {space: s.id, name: name})<-[:MENTIONS]-(c:MemCube)
  RETURN c
  UNION
  UNWIND $topics AS name
  MATCH (:Topic {space: s.id, name: name})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
  RETURN c
}
WITH DISTINCT c, sees, forbidden
WHERE c:Plaintext AND c.live AND c.state <> 'deleted' AND c.expires_at > $now AND c.id > $after AND NOT c.id IN forbidden
  AND ($level IS NULL OR c.level = $level)
RETURN c.id AS id, c.version AS version, c.semantic_type AS kind, CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END AS text,
       c.speaker AS speaker,
       toString(c.said_at) AS at, c.source AS source, c.origin_id AS origin_id, coalesce(c.tags, []) AS tags,
       toString(c.valid_from) AS valid_from
ORDER BY id LIMIT $limit
