package dev.daybook.client;

import dev.daybook.client.api.SearchApi;
import dev.daybook.client.api.SearchApi.APISearchRequest;
import dev.daybook.client.model.Entry;

import java.util.List;

/** Asks who changed prices: the example of docs/clients.md. */
final class Prices {

    private Prices() {}

    // snippet:begin prices
    static List<Entry> priceChanges(String daybook, String key) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(daybook);
        client.setRequestInterceptor(request -> request.header("X-API-Key", key));
        return new SearchApi(client)
                .search(
                        APISearchRequest.newBuilder()
                                .table(List.of("public.products"))
                                .field(List.of("price"))
                                .numbers("string")
                                .limit(5)
                                .build())
                .getData();
    }
    // snippet:end prices
}
