#!/bin/bash
# Fills the demo's database, whole or not at all: the server's first start may be cut off.
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --single-transaction --file /demo/shop.sql
