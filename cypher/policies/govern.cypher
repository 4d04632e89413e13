// govern: what a policy's rules make of these memories, a row for each pair of rules that decides; it is written only where told to.
// mode: write
// params: cubes LIST<STRING>, rules LIST<MAP>, never DATETIME, now DATETIME, write BOOLEAN
// returns: keep INTEGER?, fade INTEGER?, memories INTEGER, changed INTEGER, ending INTEGER, returning INTEGER, examples LIST<STRING>, revived LIST<STRING>, written LIST<STRING>
// touches: written
CYPHER 25
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
WHERE c:Plaintext AND (c.live OR c.state = 'expired')
// A fact lives as long as the memories that say it (policies/follow): only rules that name its type are about it.
WITH c, c.version = 1 AND EXISTS { (c)-[:DERIVED_FROM {transform: 'extracted'}]->(:MemCube) } AS follows
WITH c, follows, [
  i IN range(0, size($rules) - 1)
  WHERE ($rules[i].type IS NULL OR c.semantic_type = $rules[i].type)
    AND ($rules[i].tag IS NULL OR $rules[i].tag IN coalesce(c.tags, []))
    AND ($rules[i].source IS NULL OR $rules[i].source IN [c.source, c.root])
    AND ($rules[i].speaker IS NULL OR toLower(coalesce(c.speaker, '')) = $rules[i].speaker)
    AND ($rules[i].sensitivity IS NULL OR $rules[i].sensitivity IN coalesce(c.sensitivity, []))
    AND ($rules[i].level IS NULL OR coalesce(c.clearance, 0) >= $rules[i].level)
    AND (NOT follows OR $rules[i].type IS NOT NULL) | i
] AS fitting
WITH c, follows, head([i IN fitting WHERE $rules[i].act = 'keep']) AS keep, head([i IN fitting WHERE $rules[i].act = 'fade']) AS fade
WITH c, follows, keep, fade,
     CASE WHEN $rules[keep].seconds IS NOT NULL THEN c.created_at + duration({seconds: $rules[keep].seconds}) END AS keep_until,
     coalesce(c.half_life_set, $rules[fade].days) AS half_life,
     // What was asked for before there was a policy.
     coalesce(c.expires_set, CASE WHEN c.keep_until IS NULL AND NOT follows AND c.expires_at < $never THEN c.expires_at END) AS asked
WITH c, keep, fade, keep_until, half_life, asked,
     CASE
       WHEN follows THEN c.expires_at
       WHEN coalesce(keep_until, $never) < coalesce(asked, $never) THEN coalesce(keep_until, $never)
       ELSE coalesce(asked, $never)
     END AS ends
WITH c, keep, fade, keep_until, half_life, asked, ends,
     ends <> c.expires_at OR coalesce(keep_until, $never) <> coalesce(c.keep_until, $never)
       OR coalesce(half_life, 0) <> coalesce(c.half_life_days, 0) AS changes,
     c.state = 'expired' AND ends > $now AS revives,
     c.expires_at > $now AND ends <= $now AS is_ending,
     c.expires_at <= $now AND ends > $now AS is_returning
FOREACH (_ IN CASE WHEN $write AND changes THEN [1] ELSE [] END |
  SET c.keep_until = keep_until, c.expires_set = asked, c.expires_at = ends, c.half_life_days = half_life
)
FOREACH (_ IN CASE WHEN $write AND revives THEN [1] ELSE [] END | SET c.state = 'activated', c.live = true)
RETURN keep, fade, count(*) AS memories, sum(toInteger(changes)) AS changed, sum(toInteger(is_ending)) AS ending,
       sum(toInteger(is_returning)) AS returning, collect(CASE WHEN is_ending THEN c.id END)[..5] AS examples,
       collect(CASE WHEN revives THEN c.id END) AS revived, collect(CASE WHEN $write AND (changes OR revives) THEN c.id END) AS written
ORDER BY keep, fade
