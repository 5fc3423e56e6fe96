/** The two tables of the demo, in StarRocks' DDL. */
export const tables = [
  `CREATE TABLE IF NOT EXISTS demo.flights (
     distance INT NOT NULL COMMENT "miles",
     delay INT NOT NULL COMMENT "minutes",
     \`time\` DOUBLE NOT NULL COMMENT "hour of the day"
   )
   DUPLICATE KEY(distance)
   DISTRIBUTED BY HASH(distance) BUCKETS 4
   PROPERTIES ("replication_num" = "1")`,
  `CREATE TABLE IF NOT EXISTS demo.airports (
     iata VARCHAR(8) NOT NULL,
     name VARCHAR(256),
     city VARCHAR(256),
     state VARCHAR(8),
     latitude DOUBLE,
     longitude DOUBLE,
     departures INT
   )
   PRIMARY KEY(iata)
   DISTRIBUTED BY HASH(iata) BUCKETS 1
   PROPERTIES ("replication_num" = "1")`,
];
