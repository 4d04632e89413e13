// search: the best memories of every space the principal may read, each with the parts of its score, its path and its sources.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, vector ANY, words STRING, pool INTEGER, vector_pool INTEGER, asked MAP, filters MAP, weights MAP, at DATETIME, limit INTEGER, probe ANY
// returns: cube MAP, owner STRING, revision INTEGER, sees INTEGER, forbidden LIST<STRING>, score FLOAT, parts MAP, path MAP?, fact MAP?, successors LIST<STRING>, sources LIST<STRING>, vouched LIST<MAP>
// shows: cube.id, fact.id
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
//> include fragments/tainted
CALL (s, sees, forbidden) {
  //> include fragments/by_words
  WHERE node.level = 'whole' // what is sensitive in a fact stands in the memory that says it, too
  RETURN node AS c, score AS words, 0.0 AS meaning, 0.0 AS context, null AS fact
  UNION ALL
  // Meaning: of single facts, which lead to the memory that says them, and of memories in their context.
  MATCH (near:MemCube)
    SEARCH near IN (
      VECTOR INDEX cube_vector FOR $vector WHERE near.space = s.id AND near.live = true LIMIT $vector_pool
    )
  WHERE near.expires_at > $now AND near.live AND NOT near.id IN forbidden
  // The index goes by one bit of each number; how near it really is.
  WITH near, 2 * vector.similarity.cosine(near.embedding, $vector) - 1 AS similarity
  // What took the place of a fact answers what that would have answered.
  UNWIND [near] + COLLECT {
    MATCH (newer:MemCube {live: true})-[taken:SUPERSEDES|CONTRADICTS]->(near)
    WHERE near.valid_to <= $now AND taken.until IS NULL AND newer.expires_at > $now AND NOT newer.id IN forbidden
    RETURN newer
  } AS led
  OPTIONAL MATCH (led)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
  WHERE led.level = 'fact' AND led.version = 1
  RETURN coalesce(whole, led) AS c, 0.0 AS words,
         CASE led.level WHEN 'fact' THEN similarity ELSE 0.0 END
           * CASE WHEN led.valid_to <= $now THEN $weights.superseded ELSE 1.0 END AS meaning,
         CASE led.level WHEN 'whole' THEN similarity ELSE 0.0 END AS context, CASE WHEN whole IS NOT NULL THEN led END AS fact
  UNION ALL
  // What was said at the time the question names, and in the ten days after, when people tell of it.
  MATCH (c:MemCube {space: s.id})
  WHERE $asked.begins IS NOT NULL AND c.said_at >= $asked.begins AND c.said_at < $asked.ends + duration({days: 10}) AND c.level = 'whole'
    AND c.live
  RETURN c, 0.0 AS words, 0.0 AS meaning, 0.0 AS context, null AS fact
  ORDER BY c.said_at LIMIT $pool
}
WITH s, sees, forbidden, tainted, c, max(words) AS words, max(meaning) AS meaning, max(context) AS context,
     collect(CASE WHEN fact IS NOT NULL THEN {fact: fact, meaning: meaning} END) AS facts
// A memory that follows a forbidden one is found by that one's words, too: here it counts by its facts alone.
WITH s, sees, forbidden, c, facts, meaning, CASE WHEN c.id IN tainted THEN 0.0 ELSE words END AS words,
     CASE WHEN c.id IN tainted THEN 0.0 ELSE context END AS context
WITH s, sees, forbidden, c, facts, words, meaning, context, c.live AS live, c.valid_from AS valid_from, c.valid_to AS valid_to
//> include fragments/filtered
//> include fragments/scored
WITH s, sees, forbidden, c, facts, parts {.*, session: session, decay: decay} AS parts, score
//> include fragments/hit
