package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.NoteSigner;

import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class MailAnchorTest {

    private final NoteSigner signer = NoteSigner.generate("daybook.test");
    private final String note =
            new Checkpoint(signer.key().name(), 7, Hash.OF_NOTHING).sign(signer);

    @Test
    void anAuditorCanVerifyTheCheckpointThatIsInHisMail() throws Exception {
        try (Server server = new Server("250 kept")) {
            new MailAnchor(
                            server.uri(),
                            "log@here.example",
                            "auditor@there.example",
                            Clock.systemUTC())
                    .add(note);

            assertThat(server.commands())
                    .contains("MAIL FROM:<log@here.example>", "RCPT TO:<auditor@there.example>");
            MimeMessage mail =
                    new MimeMessage(
                            Session.getInstance(new Properties()),
                            new ByteArrayInputStream(server.mail()));
            assertThat(mail.getSubject()).isEqualTo("Checkpoint of daybook.test, 7 leaves");
            // A mail's lines end otherwise.
            String received = String.valueOf(mail.getContent()).replace("\r\n", "\n");
            assertThat(Checkpoint.open(received, signer.key()).size()).isEqualTo(7);
        }
    }

    @Test
    void aMailThatIsRefusedIsAFailure() throws Exception {
        try (Server server = new Server("554 no")) {
            MailAnchor anchor =
                    new MailAnchor(
                            server.uri(),
                            "log@here.example",
                            "auditor@there.example",
                            Clock.systemUTC());
            assertThatThrownBy(() -> anchor.add(note))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not accepted")
                    .hasMessageContaining("554 no");
        }
    }

    @Test
    void aServerThatIsNoneIsRefused() {
        assertThatThrownBy(
                        () ->
                                new MailAnchor(
                                        URI.create("https://user:secret@mail.example"),
                                        "a@b.example",
                                        "c@d.example",
                                        Clock.systemUTC()))
                .hasMessageContaining("smtps://")
                .hasMessageNotContaining("secret");
    }

    /** Speaks as much of SMTP as one mail needs. */
    private static final class Server implements AutoCloseable {

        private final ServerSocket socket =
                new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<String> commands = new ArrayList<>();
        private final StringBuilder mail = new StringBuilder();
        private final CompletableFuture<Void> done;
        private final String answerToMail;

        Server(String answerToMail) throws IOException {
            this.answerToMail = answerToMail;
            this.done = CompletableFuture.runAsync(this::serve);
        }

        URI uri() {
            return URI.create("smtp://127.0.0.1:" + socket.getLocalPort());
        }

        List<String> commands() throws Exception {
            done.get(30, TimeUnit.SECONDS);
            return commands;
        }

        byte[] mail() {
            return mail.toString().getBytes(StandardCharsets.UTF_8);
        }

        private void serve() {
            try (Socket client = socket.accept();
                    BufferedReader in =
                            new BufferedReader(
                                    new InputStreamReader(
                                            client.getInputStream(), StandardCharsets.UTF_8))) {
                say(client, "220 here");
                String line = in.readLine();
                while (line != null) {
                    commands.add(line);
                    if (line.startsWith("DATA")) {
                        say(client, "354 go on");
                        for (line = in.readLine(); !".".equals(line); line = in.readLine()) {
                            mail.append(line.startsWith(".") ? line.substring(1) : line)
                                    .append("\r\n");
                        }
                        say(client, answerToMail);
                    } else {
                        say(client, line.startsWith("QUIT") ? "221 bye" : "250 yes");
                    }
                    line = in.readLine();
                }
            } catch (IOException e) {
                // The client has gone.
            }
        }

        private static void say(Socket client, String line) throws IOException {
            OutputStream out = client.getOutputStream();
            out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
