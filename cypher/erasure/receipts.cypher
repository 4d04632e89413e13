// receipts: the receipts of every space the principal may administer, or of one, or one of them; newest first.
// mode: read
// params: principal STRING, now DATETIME, space STRING?, id STRING?, limit INTEGER
// returns: id STRING, space STRING, body STRING, complete BOOLEAN, signature STRING?, public_key STRING?
MATCH (s:Space)-[:HAS_RECEIPT]->(r:Receipt)
WHERE ($space IS NULL OR s.id = $space) AND ($id IS NULL OR r.id = $id)
WITH DISTINCT s
//> include fragments/access
WITH s WHERE 'administer' IN actions
MATCH (s)-[:HAS_RECEIPT]->(r:Receipt)
WHERE $id IS NULL OR r.id = $id
RETURN r.id AS id, r.space AS space, r.body AS body, r.complete AS complete, r.signature AS signature, r.public_key AS public_key
ORDER BY id DESC LIMIT $limit
