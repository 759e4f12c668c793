package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

import java.util.List;

/** Swagger UI in a real browser, as somebody who has just found it tries it out. */
class SwaggerUiTest {

    @Test
    void everyOperationAnswersFromThePageWithWhatIsFilledIn() {
        // Given
        try (ApiFixture api = ApiFixture.start(DemoLog.create());
                Browser browser = Browser.open()) {
            browser.go("http://127.0.0.1:" + api.port() + "/");
            browser.click("a[href*=swagger]");
            browser.click(".btn.authorize");
            browser.type(".auth-container input", ApiFixture.KEY);
            browser.click(".modal-btn.auth.authorize");
            browser.click(".modal-btn.auth.btn-done");
            browser.find(".opblock");
            List<WebElement> operations =
                    browser.driver().findElements(By.cssSelector(".opblock-get"));

            // When
            for (WebElement operation : operations) {
                String block = "#" + operation.getAttribute("id") + " ";
                String path =
                        operation
                                .findElement(By.cssSelector(".opblock-summary-path"))
                                .getAttribute("data-path");
                if (path.contains("/entries/stream") || path.contains("/evidence/")) {
                    // A stream has no end, and a pack is made of a sealed log.
                    continue;
                }
                browser.click(block + ".opblock-summary-control");
                fillInIds(browser, block, path);
                browser.click(block + ".execute");

                // Then
                assertThat(
                                browser.find(
                                                block
                                                        + ".live-responses-table .response .response-col_status")
                                        .getText())
                        .as(block)
                        .startsWith("200");
                browser.click(block + ".opblock-summary-control");
            }
            assertThat((long) operations.size())
                    .isEqualTo(
                            api.json("/v3/api-docs")
                                    .at("/paths")
                                    .valueStream()
                                    .filter(path -> path.has("get"))
                                    .count());
            assertThat(browser.complaints()).isEmpty();
        }
    }

    /** An id has no example: it is taken from an entry, as the field's hint says. */
    private static void fillInIds(Browser browser, String block, String path) {
        if (path.contains("/rejected/{id}")) {
            browser.type(block + "tr[data-param-name=id] input", DemoLog.REJECTED.toString());
        } else if (path.contains("/entries/{id}")) {
            browser.type(
                    block + "tr[data-param-name=id] input", DemoLog.repriced().id().toString());
        } else if (path.contains("/transactions/")) {
            browser.type(
                    block + "tr[data-param-name=id] input", Long.toString(DemoLog.TRANSACTION));
        }
    }
}
