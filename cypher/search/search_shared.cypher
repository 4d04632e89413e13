// search_shared: the best of what was shared with the principal one by one or by topic. No index decides: what else lies in those spaces has no part in it.
// mode: read
// params: principal STRING, now DATETIME, vector ANY, terms LIST<STRING>, weights MAP, limit INTEGER
// returns: cube MAP, owner STRING, score FLOAT, parts MAP, sources LIST<STRING>
// shows: cube.id
//> include fragments/shared
WITH c, s, coalesce(c.clearance, 0) > sees AS redacted, CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END AS text
WITH c, s, redacted, text, {
  words: CASE WHEN size($terms) = 0 THEN 0.0
         ELSE toFloat(size([term IN $terms WHERE toLower(text) CONTAINS term])) / size($terms) END,
  // Of its own words alone: the vector of a whole memory is of the turn before it, too.
  meaning: coalesce(head(COLLECT {
    MATCH (f:MemCube {live: true})-[:DERIVED_FROM*0..1 {transform: 'extracted'}]->(c)
    WHERE f.level = 'fact' AND f.expires_at > $now
    RETURN 2 * vector.similarity.cosine(f.embedding, $vector) - 1 AS near ORDER BY near DESC LIMIT 1
  }), 0.0)
} AS parts
WITH c, s, redacted, text, parts {.words, meaning: CASE WHEN parts.meaning > 0 THEN parts.meaning ELSE 0.0 END} AS parts
WITH c, s, redacted, text, parts, $weights.words * parts.words + $weights.meaning * parts.meaning AS score
ORDER BY score DESC, c.id LIMIT $limit
RETURN c {
         .*, embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL, text: text,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube, s.owner AS owner, score, parts, CASE WHEN c.level = 'whole' THEN [c.origin_id] ELSE [] END AS sources
ORDER BY score DESC, cube.id
