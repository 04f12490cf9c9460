import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import java.util.Arrays;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** DynamoDB Local by its own command line, but for the interface: it has no option for that, and listens on all. */
class OnLoopback {
    public static void main(String[] args) throws Exception {
        var local = ServerRunner.createServerFromCommandLineArgs(args);
        var field =
                Arrays.stream(local.getClass().getDeclaredFields())
                        .filter(each -> each.getType() == Server.class)
                        .findAny()
                        .orElseThrow();
        field.setAccessible(true);
        for (var connector : ((Server) field.get(local)).getConnectors())
            ((ServerConnector) connector).setHost("127.0.0.1");
        local.start();
        // It ends with whoever started it, however that ends.
        System.in.read();
        System.exit(0);
    }
}
