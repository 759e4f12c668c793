#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin parameters
aws rds describe-db-clusters --db-cluster-identifier "$stack-source" \
    --query 'DBClusters[0].[EngineVersion, DBClusterParameterGroup, StorageEncrypted, DeletionProtection, BackupRetentionPeriod, DBClusterMembers]'
# snippet:end parameters

# snippet:begin existing
aws rds create-db-cluster-parameter-group --db-cluster-parameter-group-name shop-logical \
    --db-parameter-group-family aurora-postgresql16 --description 'shop, with logical replication'
aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name shop-logical --parameters \
    ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot \
    ParameterName=max_replication_slots,ParameterValue=10,ApplyMethod=pending-reboot \
    ParameterName=max_wal_senders,ParameterValue=15,ApplyMethod=pending-reboot
aws rds modify-db-cluster --db-cluster-identifier shop --db-cluster-parameter-group-name shop-logical --apply-immediately
aws rds reboot-db-instance --db-instance-identifier shop-1
# snippet:end existing

# snippet:begin admin
secret=$(aws secretsmanager get-secret-value --secret-id "$(pulumi stack output auditAdminSecretArn)" --query SecretString --output text)
PGPASSWORD=$(jq -r .password <<<"$secret") psql \
    "host=$(pulumi stack output auditHost) dbname=audit user=$(jq -r .username <<<"$secret") sslmode=verify-full sslrootcert=rds-ca.pem"
# snippet:end admin

# snippet:begin reader
secret=$(aws secretsmanager get-secret-value --secret-id "$(pulumi stack output auditReaderSecretArn)" --query SecretString --output text)
PGPASSWORD=$(jq -r .password <<<"$secret") psql \
    "host=$(pulumi stack output auditHost) dbname=audit user=daybook_reader sslmode=verify-full sslrootcert=rds-ca.pem" -f docs/guide/sql/audit-look.sql
# snippet:end reader

# snippet:begin slot-lag
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name OldestReplicationSlotLag \
    --dimensions Name=DBClusterIdentifier,Value="$stack-source" Name=Role,Value=WRITER \
    --start-time "$(date -u -d '1 hour ago' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" --period 300 --statistics Maximum
# snippet:end slot-lag

# snippet:begin failover
aws rds failover-db-cluster --db-cluster-identifier "$stack-audit"
# snippet:end failover

# snippet:begin snapshot
aws rds create-db-cluster-snapshot --db-cluster-identifier "$stack-audit" --db-cluster-snapshot-identifier "$stack-audit-before-upgrade"
aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier "$stack-audit-before-upgrade"
# snippet:end snapshot

# snippet:begin restore
aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier "$stack-audit" --db-cluster-identifier "$stack-audit-restored" \
    --restore-to-time 2026-11-22T09:00:00Z --db-subnet-group-name "$(aws rds describe-db-clusters --db-cluster-identifier "$stack-audit" --query 'DBClusters[0].DBSubnetGroup' --output text)" \
    --vpc-security-group-ids "$(aws ec2 describe-security-groups --filters Name=tag:Name,Values="$stack-network-audit" --query 'SecurityGroups[0].GroupId' --output text)"
aws rds create-db-instance --db-cluster-identifier "$stack-audit-restored" --db-instance-identifier "$stack-audit-restored-1" \
    --engine aurora-postgresql --db-instance-class db.r7g.large --no-publicly-accessible
# snippet:end restore
