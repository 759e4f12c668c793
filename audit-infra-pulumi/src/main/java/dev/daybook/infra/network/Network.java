package dev.daybook.infra.network;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.ec2.DefaultSecurityGroup;
import com.pulumi.aws.ec2.DefaultSecurityGroupArgs;
import com.pulumi.aws.ec2.FlowLog;
import com.pulumi.aws.ec2.FlowLogArgs;
import com.pulumi.aws.ec2.InternetGateway;
import com.pulumi.aws.ec2.InternetGatewayArgs;
import com.pulumi.aws.ec2.Route;
import com.pulumi.aws.ec2.RouteArgs;
import com.pulumi.aws.ec2.RouteTable;
import com.pulumi.aws.ec2.RouteTableArgs;
import com.pulumi.aws.ec2.RouteTableAssociation;
import com.pulumi.aws.ec2.RouteTableAssociationArgs;
import com.pulumi.aws.ec2.SecurityGroup;
import com.pulumi.aws.ec2.SecurityGroupArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.aws.ec2.VpcEndpoint;
import com.pulumi.aws.ec2.VpcEndpointArgs;
import com.pulumi.aws.ec2.VpcPeeringConnection;
import com.pulumi.aws.ec2.VpcPeeringConnectionArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.vpc.SecurityGroupEgressRule;
import com.pulumi.aws.vpc.SecurityGroupEgressRuleArgs;
import com.pulumi.aws.vpc.SecurityGroupIngressRule;
import com.pulumi.aws.vpc.SecurityGroupIngressRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.settings.AddressRange;
import dev.daybook.infra.settings.Settings;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network of its own, in three zones with three kinds of subnets: public ones, in which nothing
 * stands but the load balancer; private ones; and the brokers', which have a way to the internet
 * only while an inspection is on. There is no NAT: what the pipeline needs of AWS it reaches
 * through endpoints, of S3 for images, plugins and the sealed log only, and nothing in it can call
 * out.
 */
public final class Network extends Component {

    /**
     * @param stack whose plugins and log may be read
     * @param region the region
     * @param zones its zones
     * @param addresses the network's addresses, a /16
     * @param apiAddresses who may reach it
     * @param anchor where the sealer keeps checkpoints besides, or empty
     * @param inspection who may reach the brokers from outside, or empty
     * @param sourceGroupId the source's security group, or empty to make one
     * @param peer the network that the source stands in, or empty
     * @param sourcePort the source's port
     * @param logKeyArn the key for the flow log
     * @param logDays how long it is kept
     * @param accountId the account
     */
    public record Args(
            String stack,
            String region,
            List<String> zones,
            AddressRange addresses,
            List<String> apiAddresses,
            Optional<Settings.Anchor> anchor,
            Optional<Settings.Inspection> inspection,
            Optional<String> sourceGroupId,
            Optional<Settings.Peer> peer,
            int sourcePort,
            Output<String> logKeyArn,
            int logDays,
            String accountId) {}

    private static final String ANYWHERE = "0.0.0.0/0";

    /** The services that are called, one endpoint each. */
    private static final List<String> SERVICES =
            List.of("ecr.api", "ecr.dkr", "logs", "secretsmanager", "sts");

    private final Output<String> vpcId;
    private final Resource wayIn;
    private final Output<List<String>> publicSubnets;
    private final Output<List<String>> privateSubnets;
    private final Output<List<String>> brokerSubnets;
    private final Map<Group, Output<String>> groups = new EnumMap<>(Group.class);

    public Network(String name, Args args, ComponentResourceOptions options) {
        super("Network", name, options);
        Vpc vpc =
                new Vpc(
                        named("vpc"),
                        VpcArgs.builder()
                                .cidrBlock(args.addresses().toString())
                                .enableDnsHostnames(true)
                                .enableDnsSupport(true)
                                .tags(Map.of("Name", named("vpc")))
                                .build(),
                        within());
        vpcId = vpc.id();
        // The group that AWS gives everything that names none: it lets nothing through.
        new DefaultSecurityGroup(
                named("default-group"),
                DefaultSecurityGroupArgs.builder().vpcId(vpcId).build(),
                within());
        InternetGateway gateway =
                new InternetGateway(
                        named("gateway"),
                        InternetGatewayArgs.builder().vpcId(vpcId).build(),
                        within());

        RouteTable publicRoutes = routes("public");
        wayIn =
                new Route(
                        named("public-route"),
                        RouteArgs.builder()
                                .routeTableId(publicRoutes.id())
                                .destinationCidrBlock(ANYWHERE)
                                .gatewayId(gateway.id())
                                .build(),
                        within());
        RouteTable privateRoutes = routes("private");
        RouteTable brokerRoutes = routes("broker");
        if (args.inspection().isPresent()) {
            new Route(
                    named("inspection-route"),
                    RouteArgs.builder()
                            .routeTableId(brokerRoutes.id())
                            .destinationCidrBlock(ANYWHERE)
                            .gatewayId(gateway.id())
                            .build(),
                    within());
        }
        publicSubnets = subnets("public", args, 0, publicRoutes);
        privateSubnets = subnets("private", args, 64, privateRoutes);
        brokerSubnets = subnets("broker", args, 128, brokerRoutes);

        List<Resource> joined = new ArrayList<>();
        args.peer().ifPresent(peer -> joined.add(join(peer, args.addresses(), privateRoutes)));
        for (Group party : Group.values()) {
            groups.put(party, group(party, args));
        }
        for (Flow flow : Flow.all(args.sourcePort(), args.sourceGroupId().isEmpty())) {
            // A group in another network can only be named while the two networks are joined.
            allow(flow, flow.to() == Group.SOURCE ? joined : List.of());
        }
        allowFromOutside(args);
        endpoints(args, List.of(privateRoutes, brokerRoutes));
        flowLog(args);
        registerOutputs(
                Map.of(
                        "vpcId", vpcId,
                        "publicSubnets", publicSubnets,
                        "privateSubnets", privateSubnets,
                        "brokerSubnets", brokerSubnets));
    }

    public Output<String> vpcId() {
        return vpcId;
    }

    public Output<List<String>> publicSubnets() {
        return publicSubnets;
    }

    public Output<List<String>> privateSubnets() {
        return privateSubnets;
    }

    public Output<List<String>> brokerSubnets() {
        return brokerSubnets;
    }

    /**
     * Returns what a balancer on the internet waits for: the public subnets' route to the internet.
     */
    public Resource wayIn() {
        return wayIn;
    }

    /** Returns a security group. */
    public Output<String> group(Group party) {
        Output<String> group = groups.get(party);
        if (group == null) {
            throw new IllegalStateException(party + " has no group yet.");
        }
        return group;
    }

    /** Joins a network of the same account and region: both learn the way to the other. */
    private VpcPeeringConnection join(Settings.Peer peer, AddressRange own, RouteTable routes) {
        VpcPeeringConnection connection =
                new VpcPeeringConnection(
                        named("source-peering"),
                        VpcPeeringConnectionArgs.builder()
                                .vpcId(vpcId)
                                .peerVpcId(peer.vpcId())
                                .autoAccept(true)
                                .build(),
                        within());
        new Route(
                named("to-source"),
                RouteArgs.builder()
                        .routeTableId(routes.id())
                        .destinationCidrBlock(peer.addresses().toString())
                        .vpcPeeringConnectionId(connection.id())
                        .build(),
                within());
        for (int i = 0; i < peer.routeTables().size(); i++) {
            new Route(
                    named("from-source-" + (i + 1)),
                    RouteArgs.builder()
                            .routeTableId(peer.routeTables().get(i))
                            .destinationCidrBlock(own.toString())
                            .vpcPeeringConnectionId(connection.id())
                            .build(),
                    within());
        }
        return connection;
    }

    private RouteTable routes(String word) {
        return new RouteTable(
                named(word + "-routes"),
                RouteTableArgs.builder().vpcId(vpcId).tags(Map.of("Name", named(word))).build(),
                within());
    }

    private Output<List<String>> subnets(String word, Args args, int third, RouteTable routes) {
        List<Output<String>> ids = new ArrayList<>();
        for (int i = 0; i < args.zones().size(); i++) {
            Subnet subnet =
                    new Subnet(
                            named(word + "-" + (i + 1)),
                            SubnetArgs.builder()
                                    .vpcId(vpcId)
                                    .availabilityZone(args.zones().get(i))
                                    .cidrBlock(
                                            args.addresses()
                                                    .part((third + 16 * i) << 8, 20)
                                                    .toString())
                                    .mapPublicIpOnLaunch(false)
                                    .tags(Map.of("Name", named(word + "-" + (i + 1))))
                                    .build(),
                            within());
            new RouteTableAssociation(
                    named(word + "-" + (i + 1) + "-routes"),
                    RouteTableAssociationArgs.builder()
                            .subnetId(subnet.id())
                            .routeTableId(routes.id())
                            .build(),
                    within());
            ids.add(subnet.id());
        }
        return Output.all(ids);
    }

    private Output<String> group(Group party, Args args) {
        if (party == Group.SOURCE && args.sourceGroupId().isPresent()) {
            return Output.of(args.sourceGroupId().get());
        }
        return new SecurityGroup(
                        named(party.word()),
                        SecurityGroupArgs.builder()
                                .vpcId(vpcId)
                                .description("Daybook: " + party.what().replace("'", ""))
                                .revokeRulesOnDelete(true)
                                .tags(Map.of("Name", named(party.word())))
                                .build(),
                        within())
                .id();
    }

    private void allow(Flow flow, List<Resource> needed) {
        String word = flow.from().word() + "-to-" + flow.to().word() + "-" + flow.port();
        new SecurityGroupEgressRule(
                named(word + "-out"),
                SecurityGroupEgressRuleArgs.builder()
                        .securityGroupId(group(flow.from()))
                        .referencedSecurityGroupId(group(flow.to()))
                        .ipProtocol("tcp")
                        .fromPort(flow.port())
                        .toPort(flow.port())
                        .description(flow.why())
                        .build(),
                after(needed));
        new SecurityGroupIngressRule(
                named(word + "-in"),
                SecurityGroupIngressRuleArgs.builder()
                        .securityGroupId(group(flow.to()))
                        .referencedSecurityGroupId(group(flow.from()))
                        .ipProtocol("tcp")
                        .fromPort(flow.port())
                        .toPort(flow.port())
                        .description(flow.why())
                        .build(),
                after(needed));
    }

    private void allowFromOutside(Args args) {
        for (String address : args.apiAddresses()) {
            new SecurityGroupIngressRule(
                    named("balancer-from-" + address.replaceAll("[./]", "-")),
                    SecurityGroupIngressRuleArgs.builder()
                            .securityGroupId(group(Group.BALANCER))
                            .cidrIpv4(address)
                            .ipProtocol("tcp")
                            .fromPort(Flow.HTTPS)
                            .toPort(Flow.HTTPS)
                            .description("the API, over TLS")
                            .build(),
                    within());
        }
        args.inspection()
                .ifPresent(
                        inspection -> {
                            for (String address : inspection.addresses()) {
                                for (int port :
                                        List.of(Flow.KAFKA_SCRAM_PUBLIC, Flow.KAFKA_IAM_PUBLIC)) {
                                    new SecurityGroupIngressRule(
                                            named(
                                                    "inspection-"
                                                            + address.replaceAll("[./]", "-")
                                                            + "-"
                                                            + port),
                                            SecurityGroupIngressRuleArgs.builder()
                                                    .securityGroupId(group(Group.BROKERS))
                                                    .cidrIpv4(address)
                                                    .ipProtocol("tcp")
                                                    .fromPort(port)
                                                    .toPort(port)
                                                    .description(
                                                            "inspection until "
                                                                    + inspection.until())
                                                    .build(),
                                            within());
                                }
                            }
                        });
    }

    private void endpoints(Args args, List<RouteTable> routes) {
        List<Output<String>> tables = new ArrayList<>();
        routes.forEach(table -> tables.add(table.id()));
        VpcEndpoint s3 =
                new VpcEndpoint(
                        named("endpoint-s3"),
                        VpcEndpointArgs.builder()
                                .vpcId(vpcId)
                                .vpcEndpointType("Gateway")
                                .serviceName("com.amazonaws." + args.region() + ".s3")
                                .routeTableIds(Output.all(tables))
                                .policy(PolicyDocument.document(inS3(args)))
                                .build(),
                        within());
        // Images are layers in S3; a gateway endpoint has no group, but a list of addresses.
        for (Group party :
                List.of(Group.API, Group.INGEST, Group.SEALER, Group.TASKS, Group.CONNECT)) {
            new SecurityGroupEgressRule(
                    named(party.word() + "-to-s3-out"),
                    SecurityGroupEgressRuleArgs.builder()
                            .securityGroupId(group(party))
                            .prefixListId(s3.prefixListId())
                            .ipProtocol("tcp")
                            .fromPort(Flow.HTTPS)
                            .toPort(Flow.HTTPS)
                            .description("image layers, plugins and the sealed log in S3")
                            .build(),
                    within());
        }
        for (String service : SERVICES) {
            new VpcEndpoint(
                    named("endpoint-" + service.replace('.', '-')),
                    VpcEndpointArgs.builder()
                            .vpcId(vpcId)
                            .vpcEndpointType("Interface")
                            .serviceName("com.amazonaws." + args.region() + "." + service)
                            .privateDnsEnabled(true)
                            .subnetIds(privateSubnets)
                            .securityGroupIds(Output.all(List.of(group(Group.ENDPOINTS))))
                            .build(),
                    within());
        }
    }

    /**
     * Images' layers, which ECR keeps in a bucket of its own, this stack's plugins, its sealed log
     * and the anchor's bucket. Who may do it of those inside, their own roles say.
     */
    private static List<Map<String, Object>> inS3(Args args) {
        String log = "arn:aws:s3:::" + args.stack() + "-evidence-log-*";
        List<Map<String, Object>> statements = new ArrayList<>();
        statements.add(
                allowed(
                        "ReadImagesAndPlugins",
                        List.of("s3:GetObject"),
                        List.of(
                                "arn:aws:s3:::prod-" + args.region() + "-starport-layer-bucket/*",
                                "arn:aws:s3:::" + args.stack() + "-sink-plugins-*/*")));
        statements.add(
                allowed(
                        "KeepTheSealedLog",
                        List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
                        List.of(log + "/*")));
        statements.add(allowed("MissFilesOfIt", List.of("s3:ListBucket"), List.of(log)));
        args.anchor()
                .ifPresent(
                        anchor -> {
                            statements.add(
                                    allowed(
                                            "AddToAnchor",
                                            List.of(
                                                    "s3:GetObject",
                                                    "s3:PutObject",
                                                    "s3:PutObjectRetention"),
                                            List.of(anchor.objects())));
                            statements.add(
                                    allowed(
                                            "AskAnchor",
                                            List.of("s3:ListBucket"),
                                            List.of(anchor.bucketArn())));
                        });
        return statements;
    }

    private static Map<String, Object> allowed(
            String sid, List<String> actions, List<String> resources) {
        return Json.object(
                "Sid",
                sid,
                "Effect",
                "Allow",
                "Principal",
                "*",
                "Action",
                actions,
                "Resource",
                resources);
    }

    private void flowLog(Args args) {
        LogGroup log =
                new LogGroup(
                        named("flows"),
                        LogGroupArgs.builder()
                                .name("/" + name() + "/flows")
                                .retentionInDays(args.logDays())
                                .kmsKeyId(args.logKeyArn())
                                .build(),
                        within());
        Role role =
                new Role(
                        named("flows-role"),
                        RoleArgs.builder()
                                .assumeRolePolicy(
                                        PolicyDocument.trust(
                                                "vpc-flow-logs.amazonaws.com", args.accountId()))
                                .build(),
                        within());
        new RolePolicy(
                named("flows-policy"),
                RolePolicyArgs.builder()
                        .role(role.id())
                        .policy(
                                PolicyDocument.of(
                                        List.of(
                                                new PolicyDocument.Allow(
                                                        "WriteFlows",
                                                        List.of(
                                                                "logs:CreateLogStream",
                                                                "logs:PutLogEvents",
                                                                "logs:DescribeLogStreams"),
                                                        List.of(
                                                                log.arn(),
                                                                Output.format(
                                                                        "%s:log-stream:*",
                                                                        log.arn()))),
                                                // AWS knows no resource for this action.
                                                new PolicyDocument.Allow(
                                                        "FindLog",
                                                        List.of("logs:DescribeLogGroups"),
                                                        List.of(Output.of("*"))))))
                        .build(),
                within());
        new FlowLog(
                named("flow-log"),
                FlowLogArgs.builder()
                        .vpcId(vpcId)
                        .trafficType("REJECT")
                        .logDestination(log.arn())
                        .iamRoleArn(role.arn())
                        .build(),
                within());
    }
}
