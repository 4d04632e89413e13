// spaces: every space with its owner and how far its log has got, those after an id.
// mode: read
// params: after STRING, limit INTEGER
// returns: space STRING, owner STRING, events INTEGER
MATCH (s:Space)
WHERE s.id > $after
RETURN s.id AS space, s.owner AS owner, coalesce(s.audit_seq, 0) AS events
ORDER BY space LIMIT $limit
