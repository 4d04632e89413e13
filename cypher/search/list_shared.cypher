// list_shared: memories that were shared with the principal one by one or by topic, in the order they were written.
// mode: read
// params: principal STRING, now DATETIME, after STRING, limit INTEGER
// returns: cube MAP, owner STRING
// shows: cube.id
//> include fragments/shared
WITH c, s, sees WHERE c.id > $after
WITH c, s, coalesce(c.clearance, 0) > sees AS redacted, sees ORDER BY c.id LIMIT $limit
RETURN c {
         .*, embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL, text: CASE WHEN redacted THEN c.views[sees] ELSE c.text END,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube, s.owner AS owner
ORDER BY c.id
