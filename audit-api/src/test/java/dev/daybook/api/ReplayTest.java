package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;

/** Single rejected records, and the requests for their replay. */
class ReplayTest {

    private static final String CODE = "no-such-column-of-replays";

    private final ApiFixture api = ApiFixture.shared();
    private final AuditDatabase database = ApiFixture.sharedDatabase();

    @Test
    void aReplayIsOnRecordWithWhenByWhomAndWhatBecameOfIt() {
        UUID id = rejected("ingest", "a", 1L);
        assertThat(api.json("/api/v1/rejected/" + id).at("/replays").isEmpty()).isTrue();

        JsonNode replay = post("/api/v1/rejected/" + id + "/replay");
        assertThat(replay.at("/rejected_id").asString()).isEqualTo(id.toString());
        assertThat(replay.at("/requested_by").asString()).isEqualTo("key configured");
        assertThat(replay.at("/result").isNull()).isTrue();
        // One that is under way is not asked for again.
        assertThat(post("/api/v1/rejected/" + id + "/replay")).isEqualTo(replay);

        answered(replay, "rejected");
        JsonNode again = post("/api/v1/rejected/" + id + "/replay");
        assertThat(again.at("/id")).isNotEqualTo(replay.at("/id"));
        JsonNode found = api.json("/api/v1/rejected/" + id);
        assertThat(found.at("/rejected/id").asString()).isEqualTo(id.toString());
        assertThat(found.at("/replays/0/id")).isEqualTo(again.at("/id"));
        assertThat(found.at("/replays/1/result/outcome").asString()).isEqualTo("rejected");
        assertThat(found.at("/replays/1/result/code").asString()).isEqualTo("still");
    }

    @Test
    void aFilterReplaysWhatHasNotBeenReplayed() {
        rejected("ingest", CODE, 2L);
        UUID done = rejected("ingest", CODE, 3L);
        UUID tried = rejected("ingest", CODE, 4L);
        rejected("sink", CODE, 5L);
        rejected("source", CODE, null);
        answered(post("/api/v1/rejected/" + done + "/replay"), "replayed");
        answered(post("/api/v1/rejected/" + tried + "/replay"), "rejected");

        JsonNode requested = post("/api/v1/rejected/replay?code=" + CODE);

        assertThat(requested.toString()).isEqualTo("{\"records\":2,\"more\":false}");
        assertThat(post("/api/v1/rejected/replay?code=" + CODE).at("/records").asInt()).isZero();
    }

    @Test
    void theViewerShowsWhoAskedForAReplayAndWhatBecameOfIt() {
        UUID id = rejected("ingest", "replays-shown", 7L);
        rejected("ingest", "replays-shown", 8L);
        answered(post("/api/v1/rejected/" + id + "/replay"), "rejected");
        post("/api/v1/rejected/" + id + "/replay");

        String page =
                api.get("/view/rejected?code=replays-shown").body().replaceAll("(?s)<[^>]*>", "");

        assertThat(page).contains("rejected: still", "not answered yet");
        assertThat(page.split("Replay asked for by key configured", -1)).hasSize(3);
    }

    @Test
    void whatNoChangeTopicHasCannotBeReplayed() {
        UUID id = rejected("sink", "b", 6L);

        HttpResponse<String> response = sent("/api/v1/rejected/" + id + "/replay");

        JsonNode problem = ApiFixture.problem(response, 409, "not-replayable");
        assertThat(problem.at("/detail").asString())
                .contains("The sink rejected it", "topic of entries", "reload the row");
        UUID unread = rejected("source", "b", null);
        assertThat(
                        ApiFixture.problem(
                                        sent("/api/v1/rejected/" + unread + "/replay"),
                                        409,
                                        "not-replayable")
                                .at("/detail")
                                .asString())
                .contains("The source connector rejected it", "reload the row");
        ApiFixture.problem(
                sent("/api/v1/rejected/" + UUID.randomUUID() + "/replay"), 404, "not-found");
        api.problem("/api/v1/rejected/" + UUID.randomUUID(), 404, "not-found");
    }

    private UUID rejected(String stage, String code, Long offset) {
        UUID id = UUID.randomUUID();
        database.execute(
                """
                insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic, partition,
                  record_offset)
                values (?, now(), 'shop', ?, ?, 'No.', 'changes.replays', ?, ?)
                """,
                id,
                stage,
                code,
                offset == null ? null : Integer.valueOf(0),
                offset);
        return id;
    }

    private void answered(JsonNode replay, String outcome) {
        database.execute(
                """
                insert into audit.replay_outcome (replay_id, rejected_id, outcome, code)
                values (?::uuid, ?::uuid, ?, 'still')
                """,
                replay.at("/id").asString(),
                replay.at("/rejected_id").asString(),
                outcome);
    }

    private JsonNode post(String path) {
        HttpResponse<String> response = sent(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiFixture.parse(response.body());
    }

    private HttpResponse<String> sent(String path) {
        return api.send(
                api.request(path)
                        .header("Authorization", "Bearer " + ApiFixture.KEY)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build());
    }
}
