import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local in memory, reachable from this machine only, on a port that the system chooses and that is printed.
 *
 * Its own ServerRunner listens on all addresses and reports its use to AWS; both cannot happen here, because
 * neither its DynamoDBProxyServer nor its Telemetry is ever made.
 */
public final class OnLoopback {
    private OnLoopback() {
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        server.addConnector(connector);
        boolean inMemory = true;
        boolean sharedDb = true;
        boolean delayTransientStatuses = false;
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(
            new LocalDynamoDBRequestHandler(0, inMemory, null, sharedDb, delayTransientStatuses), null)));
        server.start();
        System.out.println("port " + connector.getLocalPort());
        server.join();
    }
}
