// revoke: take a principal's grants on a space, on one of its memories or on a topic's away: all, or those that one giver gave, or its agents for it; the owner's stays.
// mode: write
// params: space STRING, cube STRING?, topic STRING?, grantee STRING, principal STRING, any BOOLEAN
// returns: taken INTEGER, kept INTEGER, givers LIST<STRING>
// touches: $cube
// governs: $space
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(target)
WHERE (target:Space AND $cube IS NULL AND $topic IS NULL AND target.id = $space AND target.owner <> p.id)
   OR (target:MemCube AND target.id = $cube AND target.space = $space)
   OR (target:Topic AND target.name = $topic AND target.space = $space)
// A mandate is `agent>user` or `agent>user:purpose`.
WITH g, g.by AS giver, $any OR $principal IN [g.by, split(coalesce(split(g.by, '>')[1], ''), ':')[0]] AS mine
FOREACH (each IN CASE WHEN mine THEN [g] ELSE [] END | DELETE each)
RETURN count(CASE WHEN mine THEN 1 END) AS taken, count(CASE WHEN NOT mine THEN 1 END) AS kept,
       collect(DISTINCT CASE WHEN mine THEN giver END) AS givers
