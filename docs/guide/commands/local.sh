#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

# snippet:begin up
./daybook up
# snippet:end up

# snippet:begin change
PGSERVICEFILE=.daybook/pg_service.conf psql service=source -c "begin; select daybook.set_context('me', 'curious'); update products set price = price + 1 where sku = 'TEA-01'; commit"
./daybook history public.products TEA-01
# snippet:end change

# snippet:begin own
PGPASSWORD=… ./daybook up --source postgresql://admin@db.example:5432/shop --tables 'public.*'
# snippet:end own

# snippet:begin tests
mvn verify
# snippet:end tests

# snippet:begin prepare
./daybook source prepare --source postgresql://admin@db.example:5432/shop --tables 'public.*' --full-identity 'public.*'
./daybook source check --source postgresql://admin@db.example:5432/shop
# snippet:end prepare

# snippet:begin remove
./daybook source remove --source postgresql://admin@db.example:5432/shop --apply
# snippet:end remove

# snippet:begin status
./daybook status
# snippet:end status

# snippet:begin databases
PGSERVICEFILE=.daybook/pg_service.conf psql service=source -f docs/guide/sql/source-look.sql
PGSERVICEFILE=.daybook/pg_service.conf psql service=audit -f docs/guide/sql/audit-look.sql
# snippet:end databases

# snippet:begin kafka
umask 077
jq -r '"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"\(.kafka_user)\" password=\"\(.kafka_password)\";"' \
    .daybook/connection.json >.daybook/client.properties
brokers=$(jq -r .kafka .daybook/connection.json)
kafka-topics.sh --bootstrap-server "$brokers" --command-config .daybook/client.properties --list
kafka-console-consumer.sh --bootstrap-server "$brokers" --consumer.config .daybook/client.properties \
    --topic changes.shop --from-beginning --max-messages 1 --property print.key=true --property print.headers=true
# snippet:end kafka

# snippet:begin ingest
curl -sS "$(jq -r .ingest .daybook/connection.json)/health/readiness"
curl -sS --oauth2-bearer "$(jq -r .api_key .daybook/connection.json)" "$(jq -r .ingest .daybook/connection.json)/prometheus" | grep '^daybook_ingest_'
# snippet:end ingest

# snippet:begin rest
api=$(jq -r .api .daybook/connection.json)
key=$(jq -r .api_key .daybook/connection.json)
curl -sS --oauth2-bearer "$key" "$api/entities/public.products/TEA-01/history?limit=1"
curl -sS --oauth2-bearer "$key" "$api/coverage"
curl -sS --oauth2-bearer "$key" "$api/rejected?limit=5"
# snippet:end rest

# snippet:begin stop
./daybook stop
rm -r .daybook
# snippet:end stop

# snippet:begin bench
./daybook bench --json bench.json
# snippet:end bench

# snippet:begin compose
bin/images && bin/secrets && docker compose up --wait
PGPASSWORD=$(cat secrets/source-admin) psql -h 127.0.0.1 -p 5433 -U admin shop -c "update products set price = price + 1 where sku = 'TEA-01'"
curl -sS --oauth2-bearer "$(cat secrets/api-key)" 'http://127.0.0.1:8080/api/v1/entities/public.products/TEA-01/history?limit=1'
# snippet:end compose

# snippet:begin compose-own
chmod u+w secrets/source-admin && printf %s "$PGPASSWORD" >secrets/source-admin
docker compose up --wait --remove-orphans
# snippet:end compose-own
