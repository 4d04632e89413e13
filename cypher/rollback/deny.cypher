// deny: a denial that an older copy lacks, or has for fewer acts, is made again, also of who is of no tenant there any more; one that was made later stays.
// mode: write
// params: space STRING, cube STRING?, grantee STRING, role_of STRING?, actions LIST<STRING>, expires_at DATETIME?, by STRING, at DATETIME, now DATETIME
// returns: grantee STRING
// touches: $cube
// governs: $space, $grantee
MATCH (s:Space {id: $space})
WHERE s.owner <> $grantee
OPTIONAL MATCH (c:MemCube {id: $cube})
WHERE c.space = s.id AND c.state <> 'deleted'
WITH s, CASE WHEN $cube IS NULL THEN s ELSE c END AS target
WHERE target IS NOT NULL
//> include fragments/heard_of
MERGE (p)-[d:DENIED {by: $by}]->(target)
ON CREATE SET d.actions = [], d.at = $at, d.expires_at = $expires_at
WITH p, d
WHERE d.at <= $at AND any(each IN $actions WHERE NOT each IN d.actions)
SET d.actions = $actions + [each IN d.actions WHERE NOT each IN $actions],
    d.expires_at = CASE WHEN $expires_at IS NULL OR d.expires_at IS NULL THEN null WHEN d.expires_at < $expires_at THEN $expires_at ELSE d.expires_at END
RETURN p.id AS grantee
