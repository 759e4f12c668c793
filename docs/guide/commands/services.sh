#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin state
aws ecs describe-services --cluster "$stack" --services ingest api \
    --query 'services[].[serviceName, status, desiredCount, runningCount, events[0].message]' --output table
# snippet:end state

# snippet:begin ingest-log
aws logs tail "$(pulumi stack output ingestLog)" --since 30m
# snippet:end ingest-log

# snippet:begin stopped
aws ecs describe-tasks --cluster "$stack" --tasks "$(aws ecs list-tasks --cluster "$stack" --service-name ingest --desired-status STOPPED --query 'taskArns[0]' --output text)" \
    --query 'tasks[0].[stoppedReason, containers[].[name, exitCode, reason]]'
# snippet:end stopped

# snippet:begin pause
aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "service/$stack/ingest" --min-capacity 0 --max-capacity 0
aws ecs update-service --cluster "$stack" --service ingest --desired-count 0
# snippet:end pause

# snippet:begin unpause
aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "service/$stack/ingest" --min-capacity 1 --max-capacity 2
# snippet:end unpause

# snippet:begin replay
kafka-consumer-groups.sh --bootstrap-server "$brokers" --command-config client.properties --group daybook-ingest \
    --topic "$(pulumi stack output changesTopic)" --reset-offsets --to-datetime 2026-11-22T00:00:00.000 --execute
# snippet:end replay

# snippet:begin first-key
aws logs filter-log-events --log-group-name "/$stack-services-api" --filter-pattern '"API key, shown this once"' --query 'events[].message' --output text
# snippet:end first-key

# snippet:begin new-key
key=$(openssl rand -hex 32)
hash=$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)
psql -v name=anna -v hash="$hash" -f docs/guide/sql/audit-new-key.sql
echo "$key"
# snippet:end new-key

# snippet:begin rest
read -rsp 'API key: ' key
api=https://audit.example.com/api/v1
curl -sS --oauth2-bearer "$key" "$api/entities/public.products/TEA-01/history?limit=1"
curl -sS --oauth2-bearer "$key" "$api/coverage"
curl -sS --oauth2-bearer "$key" "$api/rejected?limit=5"
# snippet:end rest

# snippet:begin name
pulumi stack output apiHost
# snippet:end name

# snippet:begin alarms
aws cloudwatch describe-alarms --alarm-name-prefix "$stack-monitoring-" --state-value ALARM --alarm-types MetricAlarm CompositeAlarm --query '[MetricAlarms, CompositeAlarms][].[AlarmName, AlarmDescription]' --output table
# snippet:end alarms
