#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin client
cat >client.properties <<'END'
security.protocol=SASL_SSL
sasl.mechanism=AWS_MSK_IAM
sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;
sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler
END
# snippet:end client

# snippet:begin look
brokers=$(pulumi stack output kafkaBrokersFromOutside)
kafka-topics.sh --bootstrap-server "$brokers" --command-config client.properties --describe --topic "$(pulumi stack output changesTopic)"
kafka-console-consumer.sh --bootstrap-server "$brokers" --consumer.config client.properties --topic "$(pulumi stack output changesTopic)" \
    --partition 0 --offset latest --max-messages 1 --property print.key=true --property print.headers=true
# snippet:end look

# snippet:begin lag
kafka-consumer-groups.sh --bootstrap-server "$brokers" --command-config client.properties --describe --group daybook-ingest
kafka-consumer-groups.sh --bootstrap-server "$brokers" --command-config client.properties --describe --group "connect-$stack-sink"
# snippet:end lag

# snippet:begin from-inside
subnet=$(aws ec2 describe-subnets --filters Name=tag:Name,Values="$stack-network-private-1" --query 'Subnets[0].SubnetId' --output text)
group=$(aws ec2 describe-security-groups --filters Name=tag:Name,Values="$stack-network-tasks" --query 'SecurityGroups[0].GroupId' --output text)
look=$(jq -n --rawfile client client.properties \
    '{containerOverrides: [{name: "topics", command: ["printf %s \"$CLIENT\" >/tmp/client.properties; /opt/kafka/bin/kafka-topics.sh --bootstrap-server \"$BOOTSTRAP\" --command-config /tmp/client.properties --describe"], environment: [{name: "CLIENT", value: $client}]}]}')
aws ecs run-task --cluster "$stack" --task-definition "$stack-topics-task" --launch-type FARGATE --overrides "$look" \
    --network-configuration "awsvpcConfiguration={subnets=[$subnet],securityGroups=[$group],assignPublicIp=DISABLED}"
aws logs tail "/$stack-topics-task" --since 10m
# snippet:end from-inside

# snippet:begin cluster
aws kafka list-clusters-v2 --cluster-name-filter "$stack-kafka" --query 'ClusterInfoList[0].[ClusterArn, State]' --output text
aws kafka get-bootstrap-brokers --cluster-arn "$(aws kafka list-clusters-v2 --cluster-name-filter "$stack-kafka" --query 'ClusterInfoList[0].ClusterArn' --output text)"
# snippet:end cluster
