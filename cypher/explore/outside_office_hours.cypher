// outside_office_hours: who was shown memories of a space at night or at a weekend, by a clock of your time zone.
// mode: read
// params: space STRING, zone STRING, opens INTEGER, closes INTEGER
// returns: path PATH
MATCH (e:AuditEvent {space: $space})
WHERE e.action IN ['search', 'read', 'list', 'history', 'lineage', 'diff', 'duplicates', 'review', 'export', 'dump', 'externalize', 'foresee', 'chat']
WITH e, datetime({datetime: e.at, timezone: $zone}) AS local
WHERE local.dayOfWeek > 5 OR local.hour < $opens OR local.hour >= $closes
WITH e ORDER BY e.seq DESC LIMIT 100
MATCH path = (:Principal)<-[:BY]-(e)-[:ON]->(:MemCube)
RETURN path LIMIT 300
