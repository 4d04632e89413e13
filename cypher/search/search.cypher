// search: the best memories of every space the principal may read, each with the parts of its score, its path and its sources.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, vector ANY, words STRING, pool INTEGER, vector_pool INTEGER, asked MAP, filters MAP, weights MAP, at DATETIME, limit INTEGER
// returns: cube MAP, owner STRING, revision INTEGER, sees INTEGER, forbidden LIST<STRING>, score FLOAT, parts MAP, path MAP?, fact MAP?, sources LIST<STRING>
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, sees, forbidden, COLLECT {
  UNWIND forbidden AS hidden
  MATCH (:MemCube {id: hidden})-[:NEXT*1..2]->(after:MemCube)
  RETURN DISTINCT after.id
} AS tainted
WHERE 'read' IN actions
CALL (s, sees, forbidden) {
  // Words of a memory and of the turns before it; what is sensitive only for who sees all of it.
  CALL db.index.fulltext.queryNodes(
    'cube_text', '+space_key:' + s.space_key + CASE WHEN sees < 3 THEN '^0 +context:(' ELSE '^0 +(' END + $words + ')', {limit: $pool}
  )
    YIELD node, score
  RETURN node AS c, score AS words, 0.0 AS meaning, 0.0 AS context, null AS fact
  UNION ALL
  // Meaning: of single facts, which lead to the memory that says them, and of memories in their context.
  MATCH (near:MemCube)
    SEARCH near IN (
      VECTOR INDEX cube_vector FOR $vector WHERE near.space = s.id AND near.live = true LIMIT $vector_pool
    )
  WHERE near.expires_at > $now AND near.live AND NOT near.id IN forbidden
  // The index goes by one bit of each number; how near it really is.
  WITH near, vector.similarity.cosine(near.embedding, $vector) AS similarity
  OPTIONAL MATCH (near)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
  WHERE near.level = 'fact' AND near.version = 1
  RETURN coalesce(whole, near) AS c, 0.0 AS words,
         CASE near.level WHEN 'fact' THEN 2 * similarity - 1 ELSE 0.0 END
           * CASE WHEN near.valid_to <= $now THEN $weights.superseded ELSE 1.0 END AS meaning,
         CASE near.level WHEN 'whole' THEN 2 * similarity - 1 ELSE 0.0 END AS context, CASE WHEN whole IS NOT NULL THEN near END AS fact
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
WITH s, sees, forbidden, c, parts, session, decay, score, facts, coalesce(c.clearance, 0) > sees AS redacted
// Times as text: reading one from its parts costs a client more than all the rest of a row.
RETURN
  c {
    .id, .memory_type, .semantic_type, .origin, .speaker, .source, .position, .origin_id, .tags, .space, .created_by,
    .half_life_days, .priority, .sensitivity, .clearance, .watermark, .access_count, .relevance, .payload_uri,
    .payload_sha256, .payload_bytes, .base_model,
    text: CASE WHEN redacted THEN c.views[sees] ELSE c.text END,
    .version, .state,
    fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END,
    created_at: toString(c.created_at), updated_at: toString(c.updated_at),
    valid_from: toString(c.valid_from),
    valid_to: toString(c.valid_to), said_at: toString(c.said_at), expires_at: toString(c.expires_at),
    last_accessed_at: toString(c.last_accessed_at)
  } AS cube,
  s.owner AS owner, s.revision AS revision, sees, forbidden, score, parts {.*, session: session, decay: decay} AS parts,
  head(COLLECT {
    MATCH (c)-[:MENTIONS]->(k:Concept)-[:WITHIN]->(t:Topic)
    // A topic is named after the concept that founded it, perhaps by a memory that may not be read.
    RETURN {concept: k.name, topic: CASE WHEN t.name = k.name OR EXISTS {
      MATCH (:Concept {space: s.id, name: t.name})<-[:MENTIONS]-(m:MemCube)
      WHERE m.expires_at > $now AND NOT m.id IN forbidden
    } THEN t.name ELSE k.name END}
    ORDER BY vector.similarity.cosine(k.embedding, $vector) DESC LIMIT 1
  }) AS path,
  head(COLLECT {
    // The nearest fact led here, if one did: those that did not are less near. Otherwise they are looked through.
    CALL (c, facts, forbidden) {
      UNWIND facts AS led
      RETURN led.fact AS f, led.meaning AS near
      UNION ALL
      WITH c, forbidden, facts WHERE size(facts) = 0
      MATCH (f:MemCube {live: true})-[:DERIVED_FROM {transform: 'extracted'}]->(c)
      WHERE f.expires_at > $now AND NOT f.id IN forbidden
      RETURN f, vector.similarity.cosine(f.embedding, $vector) * CASE WHEN f.valid_to <= $now THEN $weights.superseded ELSE 1.0 END AS near
    }
    RETURN {id: f.id, text: CASE WHEN coalesce(f.clearance, 0) > sees THEN f.views[sees] ELSE f.text END,
            valid_from: toString(f.valid_from), valid_to: toString(f.valid_to), expires_at: toString(f.expires_at)}
    ORDER BY near DESC LIMIT 1
  }) AS fact,
  CASE WHEN c.level = 'whole' THEN [c.origin_id]
       ELSE COLLECT {
         MATCH (c)-[:DERIVED_FROM]->(m:MemCube)
         WHERE m.live AND m.expires_at > $now AND m.origin_id IS NOT NULL AND NOT m.id IN forbidden
         RETURN DISTINCT m.origin_id
       }
  END AS sources
ORDER BY score DESC, c.id
