// paid: what KV-caches spared since a day, and what building them read, in tokens.
// mode: read
// params: principal STRING, space STRING, now DATETIME, since STRING, payloads LIST<STRING>
// returns: saved INTEGER, built INTEGER
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'transform' IN actions
MATCH (c:CostEntry {space: s.id})
WHERE c.day >= $since AND c.cube IN $payloads AND NOT c.cube IN forbidden
RETURN sum(c.tokens_saved) AS saved, sum(c.tokens_built) AS built
