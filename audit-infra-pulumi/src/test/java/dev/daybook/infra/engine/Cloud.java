package dev.daybook.infra.engine;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Keeps what was asked for in memory, answers with ids, ARNs and outputs as AWS would, and refuses
 * what AWS refuses: a name taken twice, what is not there yet, what something else uses.
 */
final class Cloud {

    /** What a password looks like here; it may be nowhere in the open. */
    static final String PASSWORD = "PlainPassword";

    private static final String ACCOUNT = "123456789012";

    /** A call that changes something, as it ended. */
    record Call(String operation, String type, String name, boolean refused) {}

    /** A call was refused; the message is AWS's. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message);
        }
    }

    /** Something that is there. */
    private record Thing(String type, String name, String id, Struct inputs, Struct outputs) {
        String in(String path) {
            return Values.at(inputs, path);
        }

        String out(String path) {
            return Values.at(outputs, path);
        }
    }

    private final Map<String, Thing> live = new LinkedHashMap<>();
    private final Set<String> buried = new HashSet<>();
    private final List<Call> calls = new ArrayList<>();
    private final Map<String, String> failures = new HashMap<>();
    private final Set<String> slow = new HashSet<>();
    private long lastCall = System.nanoTime();

    /** How long nothing else must have happened before what is slow is there. */
    private static final long QUIET = 1_500_000_000;

    /** Makes the next creation of a resource of that name fail. */
    synchronized void fail(String name, String message) {
        failures.put(name, message);
    }

    /** Makes each creation of that type end after all others that do not wait for it. */
    synchronized void slow(String type) {
        slow.add(type);
    }

    private synchronized boolean mustWait(String type) {
        return slow.contains(type) && System.nanoTime() - lastCall < QUIET;
    }

    /** The calls since this was last asked. */
    synchronized List<Call> calls() {
        List<Call> since = List.copyOf(calls);
        calls.clear();
        return since;
    }

    /** How many resources are there. */
    synchronized int size() {
        return live.size();
    }

    /** What is there, by type and id. */
    synchronized Set<String> ids() {
        return Set.copyOf(live.keySet());
    }

    synchronized boolean isThere(String type, String id) {
        return live.containsKey(key(type, id));
    }

    /** Creates something; returns its outputs, with its id under {@code id}. */
    Struct create(String type, String name, Struct inputs) throws Refusal {
        while (mustWait(type)) {
            pause(50);
        }
        synchronized (this) {
            try {
                String failure = failures.remove(name);
                if (failure != null) {
                    throw new Refusal(failure);
                }
                Thing thing = new Thing(type, name, "", inputs, inputs);
                refuseTaken(thing);
                refuseUnready(thing);
                Struct outputs = outputs(thing);
                String id = Values.at(outputs, "id");
                live.put(key(type, id), new Thing(type, name, id, inputs, outputs));
                lastCall = System.nanoTime();
                calls.add(new Call("create", type, name, false));
                return outputs;
            } catch (Refusal e) {
                calls.add(new Call("create", type, name, true));
                throw e;
            }
        }
    }

    /** Changes something; returns its outputs. */
    synchronized Struct update(String type, String name, String id, Struct inputs) throws Refusal {
        Thing old = live.get(key(type, id));
        if (old == null) {
            throw new Refusal("NotFound: " + type + " " + id);
        }
        if (type.equals("aws:dms/endpoint:Endpoint")
                && !Values.at(inputs, "pauseReplicationTasks").equals("true")) {
            String arn = old.out("endpointArn");
            for (Thing task : live.values()) {
                if ((task.in("startReplicationTask").equals("true")
                                || task.in("startReplication").equals("true"))
                        && Values.mentions(task.inputs(), arn)) {
                    calls.add(new Call("update", type, name, true));
                    throw new Refusal(
                            "InvalidResourceStateFault: " + id + " is used by " + task.id());
                }
            }
        }
        Struct.Builder outputs = old.outputs().toBuilder();
        old.inputs().getFieldsMap().keySet().stream()
                .filter(key -> !inputs.containsFields(key))
                .forEach(outputs::removeFields);
        outputs.putAllFields(inputs.getFieldsMap());
        if (type.equals("aws:msk/cluster:Cluster")) {
            outputs.putFields("bootstrapBrokersPublicSaslIam", publicBrokers(inputs));
        }
        Struct now = outputs.build();
        live.put(key(type, id), new Thing(type, name, id, inputs, now));
        calls.add(new Call("update", type, name, false));
        return now;
    }

    synchronized Optional<Struct> outputsOf(String type, String id) {
        return Optional.ofNullable(live.get(key(type, id))).map(Thing::outputs);
    }

    /** Deletes something; what something else uses is tried again for a while, as providers do. */
    void delete(String type, String name, String id) throws Refusal {
        for (int attempt = 1; ; attempt++) {
            synchronized (this) {
                Thing thing = live.get(key(type, id));
                Optional<String> user = thing == null ? Optional.empty() : keeper(thing);
                if (user.isEmpty()) {
                    if (thing != null
                            && type.equals("aws:secretsmanager/secret:Secret")
                            && !thing.in("recoveryWindowInDays").equals("0.0")) {
                        buried.add(thing.in("name"));
                    }
                    live.remove(key(type, id));
                    calls.add(new Call("delete", type, name, false));
                    return;
                }
                if (attempt == 15) {
                    calls.add(new Call("delete", type, name, true));
                    throw new Refusal("DependencyViolation: " + id + " is used by " + user.get());
                }
            }
            pause(100);
        }
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String key(String type, String id) {
        return type + " " + id;
    }

    private Optional<Thing> any(String type, Predicate<Thing> test) {
        return live.values().stream()
                .filter(thing -> thing.type().equals(type))
                .filter(test)
                .findFirst();
    }

    // What is made
    // ------------------------------------------------------------------------

    private Struct outputs(Thing thing) {
        Kind kind = Kind.of(thing.type()).orElseThrow();
        String unique = kind.unique().isEmpty() ? "" : thing.in(kind.unique());
        String shortName = unique.isEmpty() ? thing.name() : unique;
        String service = thing.type().replaceAll("^[^:]*:([^/:]*).*", "$1");
        Map<String, Value> added = new LinkedHashMap<>();
        switch (thing.type()) {
            case "aws:msk/cluster:Cluster" -> {
                put(
                        added,
                        "arn",
                        "arn:aws:kafka:eu-central-1:%s:cluster/%s/%s-1"
                                .formatted(ACCOUNT, shortName, random(8)));
                put(added, "bootstrapBrokersSaslIam", "b-1." + shortName + ":9098");
                put(added, "bootstrapBrokersSaslScram", "b-1." + shortName + ":9096");
                added.put("bootstrapBrokersPublicSaslIam", publicBrokers(thing.inputs()));
            }
            case "aws:rds/cluster:Cluster" -> {
                put(added, "endpoint", shortName + ".cluster-x.rds.example");
                added.put(
                        "masterUserSecrets",
                        Values.list(
                                Values.object(
                                        "secretArn",
                                        Values.text(
                                                "arn:aws:secretsmanager:eu-central-1:%s:secret:rds!%s"
                                                        .formatted(ACCOUNT, random(8))))));
            }
            case "aws:secretsmanager/secretVersion:SecretVersion" -> {
                put(added, "arn", thing.in("secretId"));
                put(added, "versionId", random(12));
            }
            case "aws:ec2/vpcEndpoint:VpcEndpoint" -> put(added, "prefixListId", "pl-" + random(8));
            case "aws:dms/replicationTask:ReplicationTask" ->
                    put(added, "replicationTaskArn", dmsArn("task"));
            case "aws:dms/replicationInstance:ReplicationInstance" ->
                    put(added, "replicationInstanceArn", dmsArn("rep"));
            case "aws:dms/endpoint:Endpoint" -> put(added, "endpointArn", dmsArn("endpoint"));
            case "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup" -> {
                put(added, "dnsName", shortName + ".elb.example");
                put(added, "arnSuffix", "app/" + shortName + "/" + random(16));
            }
            case "aws:mskconnect/customPlugin:CustomPlugin",
                    "aws:mskconnect/workerConfiguration:WorkerConfiguration",
                    "aws:msk/configuration:Configuration" ->
                    added.put("latestRevision", Values.number(1));
            case "aws:kms/key:Key" -> put(added, "keyId", random(12));
            case "aws:s3/bucketV2:BucketV2" ->
                    put(added, "bucket", thing.in("bucketPrefix") + random(20));
            case "aws:s3/bucketObjectv2:BucketObjectv2" -> put(added, "versionId", random(20));
            case "aws:iam/role:Role" -> put(added, "uniqueId", random(20));
            case "random:index/randomPassword:RandomPassword" -> {
                put(added, "result", PASSWORD + random(27));
                put(added, "bcryptHash", PASSWORD + random(20));
            }
            default -> {}
        }
        Struct.Builder outputs = thing.inputs().toBuilder();
        added.forEach(outputs::putFields);
        if (!outputs.containsFields("arn")) {
            outputs.putFields(
                    "arn",
                    Values.text(
                            "arn:aws:%s:eu-central-1:%s:%s/%s"
                                    .formatted(service, ACCOUNT, shortName, random(17))));
        }
        String id;
        if (thing.type().equals("aws:s3/bucketV2:BucketV2")) {
            id = outputs.getFieldsOrThrow("bucket").getStringValue();
        } else if (kind.id().equals("arn")) {
            id = outputs.getFieldsOrThrow("arn").getStringValue();
        } else if (kind.id().startsWith("=")) {
            id = thing.in(kind.id().substring(1));
        } else if (kind.id().isEmpty()) {
            id = shortName + "-" + random(8);
        } else {
            id = kind.id() + random(17);
        }
        return outputs.putFields("id", Values.text(id)).build();
    }

    private static void put(Map<String, Value> outputs, String key, String value) {
        outputs.put(key, Values.text(value));
    }

    private static String dmsArn(String kind) {
        return "arn:aws:dms:eu-central-1:%s:%s:%s".formatted(ACCOUNT, kind, random(20));
    }

    private static Value publicBrokers(Struct inputs) {
        return Values.text(isPublic(inputs) ? "b-1-public:9198" : "");
    }

    private static boolean isPublic(Struct cluster) {
        return Values.at(cluster, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type")
                .equals("SERVICE_PROVIDED_EIPS");
    }

    static String random(int digits) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < digits; i++) {
            text.append(Character.forDigit(ThreadLocalRandom.current().nextInt(16), 16));
        }
        return text.toString();
    }

    // What is refused
    // ------------------------------------------------------------------------

    private void refuseTaken(Thing thing) throws Refusal {
        Kind kind = Kind.of(thing.type()).orElseThrow();
        String unique = kind.unique();
        if (!unique.isEmpty() && !kind.upsert() && !thing.in(unique).isEmpty()) {
            refuseIf(
                    any(thing.type(), it -> it.in(unique).equals(thing.in(unique))).isPresent(),
                    "AlreadyExists: " + thing.type() + " " + thing.in(unique));
        }
        for (List<String> together :
                TAKEN_TOGETHER.getOrDefault(thing.type(), List.<List<String>>of())) {
            refuseIf(
                    any(
                                    thing.type(),
                                    it ->
                                            together.stream()
                                                    .allMatch(
                                                            path ->
                                                                    it.in(path)
                                                                            .equals(
                                                                                    thing.in(
                                                                                            path))))
                            .isPresent(),
                    "Duplicate: " + thing.type() + " " + thing.name());
        }
        refuseIf(
                thing.type().equals("aws:secretsmanager/secret:Secret")
                        && buried.contains(thing.in("name")),
                "InvalidRequestException: a secret with this name is scheduled for deletion: "
                        + thing.in("name"));
    }

    /** Properties that no two of a type may have alike. */
    private static final Map<String, List<List<String>>> TAKEN_TOGETHER =
            Map.of(
                    "aws:ec2/subnet:Subnet", List.of(List.of("vpcId", "cidrBlock")),
                    "aws:ec2/route:Route", List.of(List.of("routeTableId", "destinationCidrBlock")),
                    "aws:ec2/routeTableAssociation:RouteTableAssociation",
                            List.of(List.of("subnetId")),
                    "aws:ec2/vpcEndpoint:VpcEndpoint", List.of(List.of("vpcId", "serviceName")),
                    "aws:ecs/service:Service", List.of(List.of("cluster", "name")),
                    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
                            List.of(
                                    List.of(
                                            "securityGroupId",
                                            "referencedSecurityGroupId",
                                            "cidrIpv4",
                                            "fromPort")));

    private void refuseUnready(Thing thing) throws Refusal {
        switch (thing.type()) {
            case "aws:lb/listener:Listener" -> {
                String group = targetGroup(thing);
                refuseIf(
                        any(
                                        thing.type(),
                                        it ->
                                                !it.in("loadBalancerArn")
                                                                .equals(thing.in("loadBalancerArn"))
                                                        && targetGroup(it).equals(group))
                                .isPresent(),
                        "TargetGroupAssociationLimit: " + group);
            }
            case "aws:ecs/service:Service" -> {
                for (Value balancer : Values.listAt(thing.inputs(), "loadBalancers")) {
                    String group = Values.at(balancer.getStructValue(), "targetGroupArn");
                    refuseIf(
                            any("aws:lb/listener:Listener", it -> targetGroup(it).equals(group))
                                    .isEmpty(),
                            "InvalidParameterException: the target group "
                                    + group
                                    + " does not have an associated load balancer");
                }
            }
            case "aws:lb/loadBalancer:LoadBalancer" ->
                    refuseIf(
                            !thing.in("internal").equals("true")
                                    && any("aws:ec2/internetGateway:InternetGateway", it -> true)
                                            .isEmpty(),
                            "InvalidSubnet: the VPC has no internet gateway");
            case "aws:msk/cluster:Cluster" ->
                    refuseIf(
                            isPublic(thing.inputs()),
                            "BadRequestException: You can't turn on public access when you create a"
                                    + " cluster");
            case "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup" ->
                    refuseIf(
                            any(
                                            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                                            it -> it.in("role").equals("dms-vpc-role"))
                                    .isEmpty(),
                            "AccessDeniedFault: the role dms-vpc-role is not configured properly");
            case "aws:dms/eventSubscription:EventSubscription" ->
                    refuseIf(
                            any(
                                            "aws:sns/topicPolicy:TopicPolicy",
                                            it -> it.in("arn").equals(thing.in("snsTopicArn")))
                                    .isEmpty(),
                            "SNSNoAuthorizationFault: DMS may not publish to the topic");
            case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
                    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule" ->
                    refuseIf(
                            (thing.in("securityGroupId").equals(FOREIGN_GROUP)
                                            || thing.in("referencedSecurityGroupId")
                                                    .equals(FOREIGN_GROUP))
                                    && any(
                                                    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
                                                    it -> true)
                                            .isEmpty(),
                            "InvalidGroup.NotFound: the two groups belong to different networks");
            default -> {}
        }
        for (String property : NAMED) {
            String named = thing.in(property);
            boolean own =
                    Kind.of(thing.type()).orElseThrow().unique().equals(property)
                            || named.equals(FOREIGN_GROUP)
                            || named.equals(FOREIGN_ROUTES);
            refuseIf(
                    !named.isEmpty() && !own && !exists(named),
                    "NotFound: %s names %s %s".formatted(thing.type(), property, named));
        }
    }

    /** The example's own group and route table, which are somebody else's. */
    private static final String FOREIGN_GROUP = "sg-0123456789abcdef0";

    private static final String FOREIGN_ROUTES = "rtb-0123456789abcdef0";

    /** Properties that name something that must be there. */
    private static final List<String> NAMED =
            List.of(
                    "vpcId",
                    "subnetId",
                    "routeTableId",
                    "securityGroupId",
                    "clusterIdentifier",
                    "dbSubnetGroupName",
                    "dbClusterParameterGroupName",
                    "replicationInstanceArn",
                    "sourceEndpointArn",
                    "targetEndpointArn",
                    "replicationSubnetGroupId",
                    "taskDefinition",
                    "loadBalancerArn",
                    "logGroupName",
                    "secretId");

    private boolean exists(String value) {
        return live.values().stream()
                .anyMatch(
                        thing ->
                                thing.id().equals(value)
                                        || List.of(
                                                        "arn",
                                                        "name",
                                                        "endpointArn",
                                                        "replicationInstanceArn")
                                                .stream()
                                                .anyMatch(it -> thing.out(it).equals(value)));
    }

    private static String targetGroup(Thing listener) {
        return Values.listAt(listener.inputs(), "defaultActions").stream()
                .map(action -> Values.at(action.getStructValue(), "targetGroupArn"))
                .findFirst()
                .orElse("");
    }

    private static void refuseIf(boolean wrong, String message) throws Refusal {
        if (wrong) {
            throw new Refusal(message);
        }
    }

    /** Who keeps what from being deleted: types whose resources name it. */
    private static final Map<String, List<String>> KEPT_BY =
            Map.ofEntries(
                    Map.entry(
                            "aws:ec2/securityGroup:SecurityGroup",
                            List.of(
                                    "aws:ecs/service:Service",
                                    "aws:lb/loadBalancer:LoadBalancer",
                                    "aws:rds/cluster:Cluster",
                                    "aws:msk/cluster:Cluster",
                                    "aws:mskconnect/connector:Connector",
                                    "aws:dms/replicationInstance:ReplicationInstance",
                                    "aws:dms/replicationConfig:ReplicationConfig",
                                    "aws:ec2/vpcEndpoint:VpcEndpoint")),
                    Map.entry(
                            "aws:ec2/subnet:Subnet",
                            List.of(
                                    "aws:ecs/service:Service",
                                    "aws:lb/loadBalancer:LoadBalancer",
                                    "aws:msk/cluster:Cluster",
                                    "aws:mskconnect/connector:Connector",
                                    "aws:ec2/vpcEndpoint:VpcEndpoint")),
                    Map.entry(
                            "aws:ec2/vpc:Vpc",
                            List.of(
                                    "aws:ec2/subnet:Subnet",
                                    "aws:ec2/securityGroup:SecurityGroup",
                                    "aws:ec2/internetGateway:InternetGateway",
                                    "aws:ec2/routeTable:RouteTable",
                                    "aws:lb/targetGroup:TargetGroup")),
                    Map.entry(
                            "aws:ec2/routeTable:RouteTable",
                            List.of("aws:ec2/routeTableAssociation:RouteTableAssociation")),
                    Map.entry(
                            "aws:iam/role:Role",
                            List.of(
                                    "aws:iam/rolePolicy:RolePolicy",
                                    "aws:iam/rolePolicyAttachment:RolePolicyAttachment")),
                    Map.entry("aws:ecs/cluster:Cluster", List.of("aws:ecs/service:Service")),
                    Map.entry(
                            "aws:lb/targetGroup:TargetGroup",
                            List.of("aws:lb/listener:Listener", "aws:ecs/service:Service")),
                    Map.entry(
                            "aws:rds/subnetGroup:SubnetGroup", List.of("aws:rds/cluster:Cluster")),
                    Map.entry(
                            "aws:rds/clusterParameterGroup:ClusterParameterGroup",
                            List.of("aws:rds/cluster:Cluster")),
                    Map.entry(
                            "aws:rds/cluster:Cluster",
                            List.of("aws:rds/clusterInstance:ClusterInstance")),
                    Map.entry(
                            "aws:dms/endpoint:Endpoint",
                            List.of(
                                    "aws:dms/replicationTask:ReplicationTask",
                                    "aws:dms/replicationConfig:ReplicationConfig")),
                    Map.entry(
                            "aws:dms/replicationInstance:ReplicationInstance",
                            List.of("aws:dms/replicationTask:ReplicationTask")),
                    Map.entry(
                            "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
                            List.of(
                                    "aws:dms/replicationInstance:ReplicationInstance",
                                    "aws:dms/replicationConfig:ReplicationConfig")),
                    Map.entry(
                            "aws:msk/configuration:Configuration",
                            List.of("aws:msk/cluster:Cluster")),
                    Map.entry(
                            "aws:mskconnect/customPlugin:CustomPlugin",
                            List.of("aws:mskconnect/connector:Connector")),
                    Map.entry(
                            "aws:mskconnect/workerConfiguration:WorkerConfiguration",
                            List.of("aws:mskconnect/connector:Connector")));

    private Optional<String> keeper(Thing thing) {
        if (thing.in("deletionProtection").equals("true")
                || thing.in("enableDeletionProtection").equals("true")) {
            return Optional.of("its deletion protection");
        }
        if (thing.type().equals("aws:ec2/internetGateway:InternetGateway")) {
            return any("aws:lb/loadBalancer:LoadBalancer", it -> !it.in("internal").equals("true"))
                    .or(() -> any("aws:msk/cluster:Cluster", it -> isPublic(it.inputs())))
                    .map(Thing::id);
        }
        if (thing.type().equals("aws:cloudwatch/metricAlarm:MetricAlarm")) {
            return any(
                            "aws:cloudwatch/compositeAlarm:CompositeAlarm",
                            it -> it.in("alarmRule").contains('"' + thing.in("name") + '"'))
                    .map(Thing::id);
        }
        List<String> names = new ArrayList<>(List.of(thing.id()));
        for (String output : List.of("arn", "endpointArn", "replicationInstanceArn")) {
            if (!thing.out(output).isEmpty()) {
                names.add(thing.out(output));
            }
        }
        List<String> keepers = KEPT_BY.getOrDefault(thing.type(), List.of());
        return live.values().stream()
                .filter(it -> keepers.contains(it.type()))
                .filter(it -> names.stream().anyMatch(name -> Values.mentions(it.inputs(), name)))
                .map(Thing::id)
                .findFirst();
    }
}
