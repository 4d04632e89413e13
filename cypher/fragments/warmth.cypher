// warmth: the heat of memory `c` as it is now: a count of its reads, each by its weight, that has halved with time; an expression.
// params: now DATETIME, half_life_s FLOAT
// needs: c
// yields: FLOAT
CASE WHEN c.heat IS NULL THEN 0.0
     WHEN c.heat_at > $now THEN c.heat
     ELSE c.heat * 0.5 ^ (duration.inSeconds(c.heat_at, $now).seconds / $half_life_s) END
