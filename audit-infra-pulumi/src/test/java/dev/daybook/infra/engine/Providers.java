package dev.daybook.infra.engine;

import com.google.protobuf.Empty;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import dev.daybook.infra.engine.Cloud.Refusal;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;

import pulumirpc.Plugin.PluginAttach;
import pulumirpc.Plugin.PluginInfo;
import pulumirpc.Provider.CheckFailure;
import pulumirpc.Provider.CheckRequest;
import pulumirpc.Provider.CheckResponse;
import pulumirpc.Provider.ConfigureRequest;
import pulumirpc.Provider.ConfigureResponse;
import pulumirpc.Provider.CreateRequest;
import pulumirpc.Provider.CreateResponse;
import pulumirpc.Provider.DeleteRequest;
import pulumirpc.Provider.DiffRequest;
import pulumirpc.Provider.DiffResponse;
import pulumirpc.Provider.DiffResponse.DiffChanges;
import pulumirpc.Provider.PropertyDiff;
import pulumirpc.Provider.ProviderHandshakeRequest;
import pulumirpc.Provider.ProviderHandshakeResponse;
import pulumirpc.Provider.ReadRequest;
import pulumirpc.Provider.ReadResponse;
import pulumirpc.Provider.UpdateRequest;
import pulumirpc.Provider.UpdateResponse;
import pulumirpc.ResourceProviderGrpc;

import java.util.HashSet;
import java.util.Set;

/**
 * Stands in for Pulumi's providers aws, random and command: names, checks and compares as the real
 * ones do ({@link Kind}), and hands what is to be made to a {@link Cloud}.
 */
final class Providers extends ResourceProviderGrpc.ResourceProviderImplBase {

    private final String version;
    private final Cloud cloud;

    Providers(String version, Cloud cloud) {
        this.version = version;
        this.cloud = cloud;
    }

    @Override
    public void handshake(
            ProviderHandshakeRequest request, StreamObserver<ProviderHandshakeResponse> answer) {
        send(answer, ProviderHandshakeResponse.newBuilder().setAcceptSecrets(true).build());
    }

    @Override
    public void attach(PluginAttach request, StreamObserver<Empty> answer) {
        send(answer, Empty.getDefaultInstance());
    }

    @Override
    public void getPluginInfo(Empty request, StreamObserver<PluginInfo> answer) {
        send(answer, PluginInfo.newBuilder().setVersion(version).build());
    }

    @Override
    public void checkConfig(CheckRequest request, StreamObserver<CheckResponse> answer) {
        send(answer, CheckResponse.newBuilder().setInputs(request.getNews()).build());
    }

    @Override
    public void diffConfig(DiffRequest request, StreamObserver<DiffResponse> answer) {
        Set<String> paths = Values.differences(request.getOldInputs(), request.getNews());
        send(
                answer,
                DiffResponse.newBuilder()
                        .setChanges(paths.isEmpty() ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME)
                        .addAllDiffs(paths)
                        .build());
    }

    @Override
    public void configure(ConfigureRequest request, StreamObserver<ConfigureResponse> answer) {
        send(
                answer,
                ConfigureResponse.newBuilder()
                        .setAcceptSecrets(true)
                        .setSupportsPreview(true)
                        .build());
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        String type = type(request.getUrn());
        Kind kind = Kind.of(type).orElse(null);
        if (kind == null) {
            fail(answer, type + " is not in provider-kinds.txt");
            return;
        }
        Struct.Builder news = request.getNews().toBuilder();
        if (!kind.auto().isEmpty()
                && !Values.has(request.getNews(), kind.auto())
                && !Values.has(request.getNews(), "namePrefix")) {
            String name = name(request.getUrn());
            if (defaulted(request.getOlds(), kind.auto())) {
                news.putFields(kind.auto(), request.getOlds().getFieldsOrThrow(kind.auto()));
            } else if (name.length() + 8 > kind.autoLongest()) {
                fail(
                        answer,
                        "could not make instance of '%s': name '%s-' plus 7 random chars is longer than maximum length %d"
                                .formatted(type, name, kind.autoLongest()));
                return;
            } else {
                news.putFields(kind.auto(), Values.text(name + "-" + Cloud.random(7)));
            }
            news.putFields("__defaults", Values.list(Values.text(kind.auto())));
        }
        CheckResponse.Builder response = CheckResponse.newBuilder();
        String named = Values.at(news.build(), kind.auto());
        if (kind.longest() > 0 && named.length() > kind.longest()) {
            response.addFailures(
                    CheckFailure.newBuilder()
                            .setProperty(kind.auto())
                            .setReason(named + " is longer than " + kind.longest()));
        }
        limit(response, request, "bucketPrefix", 37);
        if (type.startsWith("aws:lb/")) {
            limit(response, request, "namePrefix", 6);
        }
        send(answer, response.setInputs(news).build());
    }

    private static void limit(
            CheckResponse.Builder response, CheckRequest request, String property, int longest) {
        String value = Values.at(request.getNews(), property);
        if (value.length() > longest) {
            response.addFailures(
                    CheckFailure.newBuilder()
                            .setProperty(property)
                            .setReason(value + " is longer than " + longest));
        }
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<DiffResponse> answer) {
        Kind kind = Kind.of(type(request.getUrn())).orElseThrow();
        Struct.Builder news = request.getNews().toBuilder();
        for (String ignored : request.getIgnoreChangesList()) {
            if (request.getOldInputs().containsFields(ignored)) {
                news.putFields(ignored, request.getOldInputs().getFieldsOrThrow(ignored));
            }
        }
        Set<String> paths = Values.differences(request.getOldInputs(), news.build());
        DiffResponse.Builder response =
                DiffResponse.newBuilder()
                        .setHasDetailedDiff(true)
                        .setChanges(
                                paths.isEmpty() ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
        Set<String> replaces = new HashSet<>();
        for (String path : paths) {
            boolean replacing = kind.replaces(path);
            String top = path.replaceAll("\\..*", "");
            response.addDiffs(top);
            if (replacing) {
                replaces.add(top);
            }
            response.putDetailedDiff(
                    path,
                    PropertyDiff.newBuilder()
                            .setKind(
                                    replacing
                                            ? PropertyDiff.Kind.UPDATE_REPLACE
                                            : PropertyDiff.Kind.UPDATE)
                            .setInputDiff(true)
                            .build());
        }
        // A name that the program chose is taken until the old one is gone.
        boolean named =
                !kind.auto().isEmpty()
                        && Values.has(request.getNews(), kind.auto())
                        && !defaulted(request.getNews(), kind.auto());
        send(
                answer,
                response.addAllReplaces(replaces)
                        .setDeleteBeforeReplace(!replaces.isEmpty() && named)
                        .build());
    }

    @Override
    public void create(CreateRequest request, StreamObserver<CreateResponse> answer) {
        String type = type(request.getUrn());
        try {
            if (request.getPreview()) {
                Struct.Builder outputs = request.getProperties().toBuilder();
                outputs.putFields("arn", Values.text(Values.UNKNOWN));
                Kind.of(type)
                        .orElseThrow()
                        .adds()
                        .forEach(it -> outputs.putFields(it, Values.text(Values.UNKNOWN)));
                send(answer, CreateResponse.newBuilder().setProperties(outputs).build());
                return;
            }
            Struct outputs = cloud.create(type, name(request.getUrn()), request.getProperties());
            send(
                    answer,
                    CreateResponse.newBuilder()
                            .setId(Values.at(outputs, "id"))
                            .setProperties(outputs)
                            .build());
        } catch (Refusal e) {
            fail(answer, e.getMessage());
        }
    }

    @Override
    public void update(UpdateRequest request, StreamObserver<UpdateResponse> answer) {
        try {
            Struct outputs;
            if (request.getPreview()) {
                outputs =
                        request.getOlds().toBuilder()
                                .putAllFields(request.getNews().getFieldsMap())
                                .build();
            } else {
                outputs =
                        cloud.update(
                                type(request.getUrn()),
                                name(request.getUrn()),
                                request.getId(),
                                request.getNews());
            }
            send(answer, UpdateResponse.newBuilder().setProperties(outputs).build());
        } catch (Refusal e) {
            fail(answer, e.getMessage());
        }
    }

    @Override
    public void read(ReadRequest request, StreamObserver<ReadResponse> answer) {
        ReadResponse.Builder response = ReadResponse.newBuilder();
        cloud.outputsOf(type(request.getUrn()), request.getId())
                .ifPresent(
                        outputs ->
                                response.setId(request.getId())
                                        .setInputs(request.getInputs())
                                        .setProperties(outputs));
        send(answer, response.build());
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<Empty> answer) {
        try {
            cloud.delete(type(request.getUrn()), name(request.getUrn()), request.getId());
            send(answer, Empty.getDefaultInstance());
        } catch (Refusal e) {
            fail(answer, e.getMessage());
        }
    }

    @Override
    public void cancel(Empty request, StreamObserver<Empty> answer) {
        send(answer, Empty.getDefaultInstance());
    }

    private static boolean defaulted(Struct properties, String property) {
        for (Value value : Values.listAt(properties, "__defaults")) {
            if (value.getStringValue().equals(property)) {
                return true;
            }
        }
        return false;
    }

    /** The type is the last of those that a URN names, after its parents'. */
    private static String type(String urn) {
        String types = urn.split("::", -1)[2];
        return types.substring(types.lastIndexOf('$') + 1);
    }

    private static String name(String urn) {
        return urn.substring(urn.lastIndexOf("::") + 2);
    }

    private static <T> void send(StreamObserver<T> answer, T message) {
        answer.onNext(message);
        answer.onCompleted();
    }

    private static void fail(StreamObserver<?> answer, String message) {
        answer.onError(Status.UNKNOWN.withDescription(message).asRuntimeException());
    }
}
