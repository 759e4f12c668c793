package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

/** The metric of requests: by the operation's path, and for all that is none of ours one name. */
class RequestTimesTest {

    private final ApiFixture api = ApiFixture.shared();

    @Test
    void requestsAreCountedByTheirOperationAndWhatIsMadeUpHasOneName() throws Exception {
        api.get("/api/v1/rejected?limit=1");
        api.get("/api/v1/rejected/made-up-" + System.nanoTime());
        api.get("/api/v1/nothing/made-up-" + System.nanoTime());
        api.send(
                api.request("/api/v1/coverage")
                        .method("FETCH", java.net.http.HttpRequest.BodyPublishers.noBody())
                        .build());
        // Written by another thread than the one that begins it.
        api.get("/api/v1/entries/export?table=nosuch.table");
        api.get("/api/v1/entries/export?operation=truncate");

        String ok =
                "http_server_requests_seconds_count{error=\"none\",exception=\"none\",method=\"GET\",outcome=\"SUCCESS\",status=\"200\",uri=";
        String scraped = api.get("/actuator/prometheus").body();
        for (int left = 100;
                left > 0 && !scraped.contains(ok + "\"/api/v1/entries/export\"");
                left--) {
            TimeUnit.MILLISECONDS.sleep(100);
            scraped = api.get("/actuator/prometheus").body();
        }
        assertThat(scraped)
                .contains(ok + "\"/api/v1/rejected\"")
                .contains(ok + "\"/api/v1/entries/export\"")
                .contains("status=\"404\",uri=\"/**\"")
                .contains("method=\"UNKNOWN\"")
                .doesNotContain("made-up");
    }
}
