#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin connections
instance=$(aws dms describe-replication-instances --filters Name=replication-instance-id,Values="$stack-capture" --query 'ReplicationInstances[0].ReplicationInstanceArn' --output text)
for side in source target; do
    endpoint=$(aws dms describe-endpoints --filters Name=endpoint-id,Values="$stack-capture-$side" --query 'Endpoints[0].EndpointArn' --output text)
    aws dms test-connection --replication-instance-arn "$instance" --endpoint-arn "$endpoint"
    aws dms wait test-connection-succeeds --filters Name=endpoint-arn,Values="$endpoint"
done
# snippet:end connections

# snippet:begin state
task=$(pulumi stack output captureTaskArn)
aws dms describe-replication-tasks --filters Name=replication-task-arn,Values="$task" \
    --query 'ReplicationTasks[0].[Status, StopReason, LastFailureMessage, ReplicationTaskStats]'
# snippet:end state

# snippet:begin tables
aws dms describe-table-statistics --replication-task-arn "$task" \
    --query 'TableStatistics[].[SchemaName, TableName, TableState, FullLoadRows, Inserts, Updates, Deletes, Ddls]' --output table
# snippet:end tables

# snippet:begin settings
aws dms describe-replication-tasks --filters Name=replication-task-arn,Values="$task" \
    --query 'ReplicationTasks[0].ReplicationTaskSettings' --output text | jq . >task-settings.json
# snippet:end settings

# snippet:begin stop
aws dms stop-replication-task --replication-task-arn "$task"
aws dms wait replication-task-stopped --filters Name=replication-task-arn,Values="$task"
# snippet:end stop

# snippet:begin resume
aws dms start-replication-task --replication-task-arn "$task" --start-replication-task-type resume-processing
# snippet:end resume

# snippet:begin reload-table
aws dms reload-tables --replication-task-arn "$task" --tables-to-reload SchemaName=public,TableName=orders --reload-option data-reload
# snippet:end reload-table

# snippet:begin reload-all
aws dms start-replication-task --replication-task-arn "$task" --start-replication-task-type reload-target
# snippet:end reload-all

# snippet:begin log
aws logs tail "dms-tasks-$stack-capture" --since 30m --filter-pattern '"]E:"'
# snippet:end log

# snippet:begin latency
aws cloudwatch get-metric-statistics --namespace AWS/DMS --metric-name CDCLatencyTarget \
    --dimensions Name=ReplicationInstanceIdentifier,Value="$stack-capture" Name=ReplicationTaskIdentifier,Value="${task##*:}" \
    --start-time "$(date -u -d '1 hour ago' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" --period 60 --statistics Maximum
# snippet:end latency
