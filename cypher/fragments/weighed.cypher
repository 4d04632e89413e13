// weighed: what all parties of a principal may do together, and up to which level they see what is sensitive; the end of a subquery.
// params: now DATETIME
// needs: s, me, party, granted, denied
// yields: actions LIST<STRING>, sees INTEGER
// What the space's policy lets the party see: what is said of it by name, else of the best of its roles, else of everybody.
WITH me, denied, granted, CASE
  WHEN s.sees_default IS NULL THEN 3
  ELSE coalesce(s.sees_levels[head([i IN range(0, size(s.sees_names) - 1) WHERE s.sees_names[i] = party.id])],
                CASE WHEN party.id = s.owner THEN 3 END,
                COLLECT {
                  MATCH (party)-[h:HAS_ROLE]->(role)
                  WHERE (h.expires_at IS NULL OR h.expires_at > $now) AND role.id IN s.sees_names
                  RETURN s.sees_levels[head([i IN range(0, size(s.sees_names) - 1) WHERE s.sees_names[i] = role.id])] AS seen
                  ORDER BY seen DESC LIMIT 1
                }[0],
                s.sees_default)
END AS policy
WITH me, collect([each IN granted WHERE NOT each.action IN denied | each.action]) AS parties,
     min(reduce(most = 0, each IN granted | CASE WHEN each.sees > most THEN each.sees ELSE most END)) AS granted,
     min(policy) AS policy
WITH granted, policy, [action IN coalesce(head(parties), [])
      WHERE all(held IN parties WHERE action IN held) AND (me.actions IS NULL OR action IN me.actions)] AS held
RETURN CASE WHEN 'read' IN held THEN held ELSE [] END AS actions,
       CASE WHEN policy < granted THEN policy ELSE granted END AS sees
