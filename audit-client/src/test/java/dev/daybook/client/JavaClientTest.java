package dev.daybook.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.api.ApiFixture;
import dev.daybook.api.DemoLog;
import dev.daybook.client.api.LogApi;
import dev.daybook.client.api.RowsApi;
import dev.daybook.client.api.SearchApi;
import dev.daybook.client.model.Change;
import dev.daybook.client.model.Entry;
import dev.daybook.client.model.EntryPage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;

/** The client as a program of somebody else uses it, on the demo's log. */
class JavaClientTest {

    private static ApiFixture api;
    private static ApiClient client;

    @BeforeAll
    static void begin() {
        api = ApiFixture.start(DemoLog.create());
        client = new ApiClient();
        client.updateBaseUri(url());
        client.setRequestInterceptor(request -> request.header("X-API-Key", ApiFixture.KEY));
    }

    @AfterAll
    static void end() {
        api.close();
    }

    private static String url() {
        return "http://127.0.0.1:" + api.port();
    }

    @Test
    void theExampleOfTheDocumentationFindsWhoChangedThePrice() throws Exception {
        // When
        List<Entry> entries = Prices.priceChanges(url(), ApiFixture.KEY);

        // Then
        Entry repriced = entries.getFirst();
        assertThat(repriced.getId()).isEqualTo(DemoLog.repriced().id());
        assertThat(repriced.getActor().getId()).isEqualTo("anna");
        assertThat(repriced.getOperation()).isEqualTo(Entry.OperationEnum.UPDATE);
        assertThat(repriced.getCommittedAt().toInstant())
                .isEqualTo(DemoLog.repriced().committedAt());
        assertThat(repriced.getTransaction().getId()).isEqualTo(DemoLog.TRANSACTION);
        Change change = repriced.getChanges().getFirst();
        assertThat(change.getField()).isEqualTo("price");
        assertThat(change.getFrom().asText()).isEqualTo("7.50");
        assertThat(change.getTo().asText()).isEqualTo("6.90");
    }

    @Test
    void pagesFollowEachOtherAndFiltersLeaveOut() throws Exception {
        // Given
        SearchApi search = new SearchApi(client);

        // When
        EntryPage first = search.search(SearchApi.APISearchRequest.newBuilder().limit(1).build());
        EntryPage second =
                search.search(
                        SearchApi.APISearchRequest.newBuilder()
                                .limit(1)
                                .cursor(first.getNextCursor())
                                .build());
        EntryPage withoutAnna =
                search.search(
                        SearchApi.APISearchRequest.newBuilder()
                                .withoutActor(List.of("anna"))
                                .build());

        // Then
        assertThat(second.getData().getFirst().getId())
                .isNotEqualTo(first.getData().getFirst().getId());
        assertThat(withoutAnna.getData())
                .isNotEmpty()
                .noneMatch(entry -> "anna".equals(entry.getActor().getId()));
    }

    @Test
    void aRowsHistoryAndStateAndTheCoverageAreTyped() throws Exception {
        // Given
        RowsApi rows = new RowsApi(client);

        // When
        var history =
                rows.rowHistory(
                        RowsApi.APIRowHistoryRequest.newBuilder()
                                .table("public.products")
                                .key("TEA-01")
                                .build());
        var state =
                rows.rowState(
                        RowsApi.APIRowStateRequest.newBuilder()
                                .table("public.products")
                                .key("TEA-01")
                                .at(history.getData().getLast().getCommittedAt())
                                .build());
        var coverage = new LogApi(client).coverage();

        // Then
        assertThat(history.getData()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(state.getRow().get("name").asText()).isEqualTo("Green tea");
        assertThat(state.getRow().get("price").decimalValue()).isEqualByComparingTo("7.50");
        assertThat(coverage.getEntries()).isPositive();
    }

    @Test
    void aRefusalIsTheProblemThatTheInterfaceDescribes() {
        assertThatThrownBy(
                        () ->
                                new SearchApi(client)
                                        .search(
                                                SearchApi.APISearchRequest.newBuilder()
                                                        .table(List.of("public.nothing"))
                                                        .build()))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> {
                            assertThat(refused.getCode()).isEqualTo(404);
                            assertThat(refused.getResponseBody())
                                    .contains("urn:daybook:problem:unknown-table");
                        });
    }
}
