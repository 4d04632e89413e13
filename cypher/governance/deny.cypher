// deny: keep a principal or a role from acts in a space or on one of its memories, whatever it is granted; replaces what the same giver denied it there; the owner's rights stay.
// mode: write
// params: space STRING, cube STRING?, grantee STRING, role_of STRING?, actions LIST<STRING>, reason STRING?, expires_at DATETIME?, principal STRING, now DATETIME
// returns: grantee STRING, actions LIST<STRING>
// touches: $cube
// governs: $space, $grantee
MATCH (s:Space {id: $space})
WHERE s.owner <> $grantee
OPTIONAL MATCH (c:MemCube {id: $cube})
WHERE c.space = s.id AND c.state <> 'deleted'
WITH s, CASE WHEN $cube IS NULL THEN s ELSE c END AS target
WHERE target IS NOT NULL
//> include fragments/grantee
MERGE (p)-[d:DENIED {by: $principal}]->(target)
SET d.actions = $actions, d.reason = $reason, d.expires_at = $expires_at, d.at = $now
RETURN p.id AS grantee, d.actions AS actions
