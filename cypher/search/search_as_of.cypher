// search_as_of: search as it would have been answered at a moment: on what was known then, in the state and the words of then.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, as_of DATETIME, past LIST<MAP>, vector ANY, words STRING, pool INTEGER, vector_pool INTEGER, asked MAP, filters MAP, weights MAP, at DATETIME, limit INTEGER
// returns: cube MAP, owner STRING, revision INTEGER, sees INTEGER, forbidden LIST<STRING>, score FLOAT, parts MAP, path MAP?, fact MAP?, sources LIST<STRING>
// shows: cube.id, fact.id
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
//> include fragments/tainted
CALL (s, sees, forbidden) {
  //> include fragments/by_words
  WHERE node.level = 'whole' AND node.updated_at <= $as_of
  RETURN node AS c, score AS words, 0.0 AS meaning, 0.0 AS context
  UNION ALL
  // Meaning: of single facts, which lead to the memory that says them, and of memories in their context.
  MATCH (near:MemCube)
    SEARCH near IN (
      VECTOR INDEX cube_vector FOR $vector WHERE near.space = s.id AND near.live = true LIMIT $vector_pool
    )
  WHERE near.expires_at > $now AND NOT near.id IN forbidden AND near.updated_at <= $as_of
  // The index goes by one bit of each number; how near it really is.
  WITH near, vector.similarity.cosine(near.embedding, $vector) AS similarity
  OPTIONAL MATCH (near)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
  WHERE near.level = 'fact' AND near.version = 1
  RETURN coalesce(whole, near) AS c, 0.0 AS words,
         CASE near.level WHEN 'fact' THEN 2 * similarity - 1 ELSE 0.0 END AS meaning,
         CASE near.level WHEN 'whole' THEN 2 * similarity - 1 ELSE 0.0 END AS context
  UNION ALL
  // What was said at the time the question names, and in the ten days after, when people tell of it.
  MATCH (c:MemCube {space: s.id})
  WHERE $asked.begins IS NOT NULL AND c.said_at >= $asked.begins AND c.said_at < $asked.ends + duration({days: 10}) AND c.level = 'whole'
  RETURN c, 0.0 AS words, 0.0 AS meaning, 0.0 AS context
  ORDER BY c.said_at LIMIT $pool
  UNION ALL
  // Versions that have been replaced since, found before (past_versions) when the question is put as of then.
  UNWIND $past AS row
  MATCH (c:MemCube {id: row.cube})
  WHERE c.space = s.id
  RETURN c, row.words AS words, row.meaning AS meaning, row.context AS context
}
WITH s, sees, forbidden, tainted, c, max(words) AS words, max(meaning) AS meaning, max(context) AS context
// A memory that follows a forbidden one is found by that one's words, too: here it counts by its facts alone.
WITH s, sees, forbidden, c, meaning, CASE WHEN c.id IN tainted THEN 0.0 ELSE words END AS words,
     CASE WHEN c.id IN tainted THEN 0.0 ELSE context END AS context
// What it was then, if that differs from now.
OPTIONAL CALL (c) {
  MATCH (c)-[:WAS]->(was:PastState)
  WHERE was.known_from <= $as_of AND was.known_to > $as_of
  RETURN was
}
WITH s, sees, forbidden, c, [] AS facts, words, meaning, context, c.created_at <= $as_of AND coalesce(was.live, c.live) AS live,
     coalesce(was.valid_from, c.valid_from) AS valid_from, CASE WHEN was IS NULL THEN c.valid_to ELSE was.valid_to END AS valid_to
//> include fragments/filtered
//> include fragments/scored
OPTIONAL MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(then:MemVersion)
WHERE then.known_from <= $as_of AND (then.known_to IS NULL OR then.known_to > $as_of)
OPTIONAL MATCH (c)-[:WAS]->(was:PastState)
WHERE was.known_from <= $as_of AND was.known_to > $as_of
WITH s, sees, forbidden, c, parts, session, decay, score, then, was, coalesce(then.clearance, c.clearance, 0) > sees AS redacted
// Times as text: reading one from its parts costs a client more than all the rest of a row.
RETURN
  c {
    .id, .memory_type, .semantic_type, .origin, .speaker, .source, .position, .origin_id, .part, .tags, .space, .created_by,
    .half_life_days, .ttl_minutes, .indexed, .priority, .sensitivity, .clearance, .watermark, .access_count, .relevance, .payload_uri,
    .payload_sha256, .payload_bytes, .base_model,
    text: CASE WHEN redacted THEN coalesce(then.views, c.views)[sees] ELSE coalesce(then.text, c.text) END,
    version: coalesce(then.number, c.version), state: coalesce(was.state, c.state),
    fingerprint: CASE WHEN redacted THEN '' ELSE coalesce(was.fingerprint, c.fingerprint) END,
    created_at: toString(c.created_at), updated_at: toString(coalesce(was.updated_at, c.updated_at)),
    valid_from: toString(coalesce(was.valid_from, c.valid_from)),
    valid_to: toString(CASE WHEN was IS NULL THEN c.valid_to ELSE was.valid_to END), said_at: toString(c.said_at), expires_at: toString(c.expires_at),
    last_accessed_at: toString(c.last_accessed_at)
  } AS cube,
  s.owner AS owner, s.revision AS revision, sees, forbidden, score, parts {.*, session: session, decay: decay} AS parts,
  head(COLLECT {
    MATCH (c)-[:MENTIONS]->(k:Concept)-[:WITHIN]->(t:Topic)
    // Concepts are those of the text that stands: a version replaced since has none to show.
    WHERE c.updated_at <= $as_of
    // A topic is named after the concept that founded it, perhaps by a memory that may not be read.
    RETURN {concept: k.name, topic: CASE WHEN t.name = k.name OR EXISTS {
      MATCH (:Concept {space: s.id, name: t.name})<-[:MENTIONS]-(m:MemCube)
      WHERE m.expires_at > $now AND NOT m.id IN forbidden
    } THEN t.name ELSE k.name END}
    ORDER BY vector.similarity.cosine(k.embedding, $vector) DESC LIMIT 1
  }) AS path,
  head(COLLECT {
    MATCH (f:MemCube)-[said:DERIVED_FROM|WAS_DERIVED_FROM {transform: 'extracted'}]->(c)
    WHERE f.state <> 'deleted' AND f.expires_at > $now AND NOT f.id IN forbidden
      AND said.at <= $as_of AND (said.until IS NULL OR said.until > $as_of)
    MATCH (f)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(spoken:MemVersion)
    WHERE spoken.known_from <= $as_of AND (spoken.known_to IS NULL OR spoken.known_to > $as_of)
    OPTIONAL MATCH (f)-[:WAS]->(past:PastState)
    WHERE past.known_from <= $as_of AND past.known_to > $as_of
    WITH f, spoken, past WHERE coalesce(past.live, f.live)
    RETURN {
      id: f.id, text: CASE WHEN coalesce(spoken.clearance, 0) > sees THEN spoken.views[sees] ELSE spoken.text END,
      valid_from: toString(coalesce(past.valid_from, f.valid_from)),
      valid_to: toString(CASE WHEN past IS NULL THEN f.valid_to ELSE past.valid_to END), expires_at: toString(f.expires_at)
    }
    ORDER BY vector.similarity.cosine(coalesce(spoken.embedding, f.embedding), $vector) DESC LIMIT 1
  }) AS fact,
  CASE WHEN c.level = 'whole' THEN [c.origin_id]
       ELSE COLLECT {
         MATCH (c)-[:DERIVED_FROM]->(m:MemCube)
         WHERE m.expires_at > $now AND m.origin_id IS NOT NULL AND NOT m.id IN forbidden
         RETURN DISTINCT m.origin_id
       }
  END AS sources
ORDER BY score DESC, c.id
