package dev.daybook.infra.resource;

import com.pulumi.aws.s3.BucketPolicy;
import com.pulumi.aws.s3.BucketPolicyArgs;
import com.pulumi.aws.s3.BucketPublicAccessBlock;
import com.pulumi.aws.s3.BucketPublicAccessBlockArgs;
import com.pulumi.aws.s3.BucketServerSideEncryptionConfigurationV2;
import com.pulumi.aws.s3.BucketServerSideEncryptionConfigurationV2Args;
import com.pulumi.aws.s3.BucketV2;
import com.pulumi.aws.s3.BucketV2Args;
import com.pulumi.aws.s3.BucketVersioningV2;
import com.pulumi.aws.s3.BucketVersioningV2Args;
import com.pulumi.aws.s3.inputs.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs;
import com.pulumi.aws.s3.inputs.BucketServerSideEncryptionConfigurationV2RuleArgs;
import com.pulumi.aws.s3.inputs.BucketVersioningV2VersioningConfigurationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A bucket that nobody outside sees: encrypted with a key of the account's, versioned, over TLS
 * only. Its resources are a component's own, whose names they begin with.
 *
 * @param bucket the bucket
 * @param block what keeps it from being made public
 * @param versions that it keeps what was overwritten
 */
public record PrivateBucket(
        BucketV2 bucket, BucketPublicAccessBlock block, BucketVersioningV2 versions) {

    /**
     * Declares a bucket, without its policy.
     *
     * @param owner whose it is
     * @param word what it is called
     * @param forceDestroy whether it may be deleted with what is in it
     * @param keyArn of what is in it
     * @param options of the bucket itself
     */
    public static PrivateBucket of(
            Component owner,
            String word,
            boolean forceDestroy,
            Output<String> keyArn,
            CustomResourceOptions options) {
        BucketV2 bucket =
                new BucketV2(
                        owner.named(word),
                        BucketV2Args.builder()
                                .bucketPrefix(owner.named(word + "-"))
                                .forceDestroy(forceDestroy)
                                .build(),
                        options);
        BucketPublicAccessBlock block =
                new BucketPublicAccessBlock(
                        owner.named(word + "-block"),
                        BucketPublicAccessBlockArgs.builder()
                                .bucket(bucket.id())
                                .blockPublicAcls(true)
                                .blockPublicPolicy(true)
                                .ignorePublicAcls(true)
                                .restrictPublicBuckets(true)
                                .build(),
                        owner.within());
        new BucketServerSideEncryptionConfigurationV2(
                owner.named(word + "-encryption"),
                BucketServerSideEncryptionConfigurationV2Args.builder()
                        .bucket(bucket.id())
                        .rules(
                                BucketServerSideEncryptionConfigurationV2RuleArgs.builder()
                                        .applyServerSideEncryptionByDefault(
                                                BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs
                                                        .builder()
                                                        .sseAlgorithm("aws:kms")
                                                        .kmsMasterKeyId(keyArn)
                                                        .build())
                                        .bucketKeyEnabled(true)
                                        .build())
                        .build(),
                owner.within());
        BucketVersioningV2 versions =
                new BucketVersioningV2(
                        owner.named(word + "-versions"),
                        BucketVersioningV2Args.builder()
                                .bucket(bucket.id())
                                .versioningConfiguration(
                                        BucketVersioningV2VersioningConfigurationArgs.builder()
                                                .status("Enabled")
                                                .build())
                                .build(),
                        owner.within());
        return new PrivateBucket(bucket, block, versions);
    }

    /**
     * Declares its policy: what comes without TLS is refused, and what else is said.
     *
     * @param owner whose it is
     * @param word what the policy is called
     * @param more further statements
     */
    public void refuse(Component owner, String word, Output<List<Map<String, Object>>> more) {
        new BucketPolicy(
                owner.named(word),
                BucketPolicyArgs.builder()
                        .bucket(bucket.id())
                        .policy(
                                Output.tuple(bucket.arn(), more)
                                        .applyValue(
                                                both -> {
                                                    List<Object> statements = new ArrayList<>();
                                                    statements.add(tlsOnly(both.t1));
                                                    statements.addAll(both.t2);
                                                    return PolicyDocument.document(statements);
                                                }))
                        .build(),
                // S3 takes one change of a bucket's access at a time.
                CustomResourceOptions.builder().parent(owner).dependsOn(block).build());
    }

    private static Map<String, Object> tlsOnly(String bucketArn) {
        return Json.object(
                "Sid",
                "TlsOnly",
                "Effect",
                "Deny",
                "Principal",
                "*",
                "Action",
                "s3:*",
                "Resource",
                List.of(bucketArn, bucketArn + "/*"),
                "Condition",
                Json.object("Bool", Json.object("aws:SecureTransport", "false")));
    }
}
