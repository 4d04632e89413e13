// lines: what the memories a search found say, one line each, as the principal may read them: by memory, each one's nearest to the question first.
// mode: read
// params: principal STRING, space STRING, now DATETIME, cubes LIST<STRING>, vector ANY, limit INTEGER
// returns: id STRING, version INTEGER, text STRING, speaker STRING?, at STRING, said BOOLEAN, expires_at DATETIME, rank INTEGER
// shows: id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
UNWIND range(0, size($cubes) - 1) AS rank
MATCH (w:MemCube {id: $cubes[rank]}) WHERE w.space = s.id
CALL (w) {
  // Its facts speak for a memory; one without facts speaks for itself.
  MATCH (w)<-[:DERIVED_FROM {transform: 'extracted'}]-(c:MemCube)
  WHERE c.live
  RETURN c
  UNION
  WITH w AS c
  WHERE NOT EXISTS { MATCH (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube) WHERE f.live }
  RETURN c
}
WITH c, min(rank) AS rank, sees, forbidden
// As in materialize/select: what it does not see whole can't stand in a payload, which hides nothing.
WHERE coalesce(c.clearance, 0) <= sees AND NOT c.id IN forbidden AND c:Plaintext AND c.live AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
RETURN c.id AS id, c.version AS version, c.text AS text, c.speaker AS speaker,
       toString(coalesce(c.said_at, c.created_at)) AS at, c.said_at IS NOT NULL AS said, c.expires_at AS expires_at, rank
ORDER BY rank, vector.similarity.cosine(c.embedding, $vector) DESC, c.id LIMIT $limit
